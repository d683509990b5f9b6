// How figures read. All of it is text: names and numbers never become HTML.

const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z'];
const SMALL = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });
const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

function digits(value: number): string {
    if (value >= 100) return value.toFixed(0);
    return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** 1.23e12, "H/s": "1.23 TH/s". */
export function withUnit(value: number, unit: string): string {
    if (!Number.isFinite(value) || value <= 0) return `0 ${unit}`.trim();
    let step = 0;
    // 999.6 would read as "1000".
    while (value >= 999.5 && step + 1 < PREFIXES.length) {
        value /= 1000;
        ++step;
    }
    return `${value < 0.01 ? value.toExponential(1) : digits(value)} ${PREFIXES[step]}${unit}`.trim();
}

export const hashRate = (value: number | undefined): string => withUnit(value ?? 0, 'H/s');

/** Difficulties go from 10^-5 to 10^15. */
export function difficulty(value: number | undefined): string {
    if (!value) return '–';
    if (value < 0.01) return value.toExponential(2);
    return value < 1000 ? SMALL.format(value) : withUnit(value, '');
}

export const whole = (value: number): string => WHOLE.format(value);

export function rate(value: number | undefined): string {
    const given = value ?? 0;
    return given < 100 ? SMALL.format(given) : WHOLE.format(given);
}

/** A share of one: "99.95 %". Never rounded up to all. */
export function percent(ratio: number): string {
    const hundredths = Math.floor(ratio * 10_000) / 100;
    return `${hundredths >= 99.995 || hundredths === 0 ? hundredths.toFixed(0) : hundredths.toFixed(2)} %`;
}

export function duration(seconds: number): string {
    const s = Math.max(0, Math.round(seconds));
    if (s < 60) return `${s} s`;
    if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
    if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
    return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

/** One figure is enough of what happened a while ago. */
export function ago(seconds: number): string {
    const s = Math.max(0, Math.round(seconds));
    if (s < 2) return 'now';
    if (s < 120) return `${s} s ago`;
    if (s < 7200) return `${Math.floor(s / 60)} min ago`;
    if (s < 172800) return `${Math.floor(s / 3600)} h ago`;
    return `${Math.floor(s / 86400)} d ago`;
}

export const moment = (time: string): string =>
    new Date(time).toLocaleString('en-GB', { timeZoneName: 'short' });

export const clock = (ms: number, withSeconds = true): string =>
    new Date(ms).toLocaleTimeString('en-GB', withSeconds ? {} : { hour: '2-digit', minute: '2-digit' });

export function bitcoin(satoshis: number): string {
    return `${(satoshis / 1e8).toFixed(8).replace(/(\.\d{2}\d*?)0+$/, '$1')} BTC`;
}

/** What of a resource's name tells it from the others of its kind. */
export const shortName = (name: string): string => name.slice(name.indexOf('/') + 1);

/** A block's hash begins with zeros that tell nothing. */
export const shortHash = (hash: string): string =>
    hash.length > 20 ? `${hash.slice(0, 6)}…${hash.slice(-12)}` : hash;
