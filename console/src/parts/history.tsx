import { useMemo, useState } from 'preact/hooks';
import { useAnswer } from '../ask';
import { hashRate, percent, rate } from '../format';
import type { History } from '../messages';
import { Chart } from './chart';

const WINDOWS = [
    { label: '1 h', seconds: 3600, everyMs: 5000 },
    { label: '6 h', seconds: 21600, everyMs: 15_000 },
    { label: '24 h', seconds: 86400, everyMs: 30_000 },
] as const;

/** The three charts by which a halt is seen: what is mined, whether it counts, and whether targets
 * are what they should be. */
export function HistoryCharts({ path, heading }: { path: string; heading: string }) {
    const [chosen, choose] = useState<(typeof WINDOWS)[number]>(WINDOWS[0]);
    const joint = path.includes('?') ? '&' : '?';
    const { data, error } = useAnswer<History>(
        `${path}${joint}window=${chosen.seconds}s&points=240`, chosen.everyMs);
    const series = useMemo(() => {
        const points = (data?.points ?? []).filter((point) => point.start_time);
        const shares = (point: (typeof points)[number]): number =>
            (point.accepted_per_minute ?? 0) + (point.rejected_per_minute ?? 0);
        return {
            times: points.map((point) => Date.parse(point.start_time ?? '')),
            rates: points.map((point) => point.hash_rate ?? 0),
            valid: points.map((point) =>
                shares(point) > 0 ? (point.accepted_per_minute ?? 0) / shares(point) : null),
            convergence: points.map((point) => point.convergence || null),
        };
    }, [data]);
    return (
        <section aria-labelledby="history">
            <div class="section-head">
                <h2 id="history">{heading}</h2>
                <div class="choices" role="group" aria-label="Time shown">
                    {WINDOWS.map((window) => (
                        <button key={window.label} type="button" aria-pressed={window === chosen}
                                onClick={() => choose(window)}>
                            {window.label}
                        </button>
                    ))}
                </div>
            </div>
            {error && <p class="note" role="status">No history: {error}</p>}
            <div class="charts">
                <Chart title="Hash rate" times={series.times} values={series.rates} show={hashRate}
                       colour="--line-1" />
                <Chart title="Valid shares" times={series.times} values={series.valid} show={percent}
                       colour="--line-2" range={(min) => [Math.max(0, Math.min(min, 0.95) - 0.02), 1.005]} />
                <Chart title="Difficulty convergence" times={series.times} values={series.convergence}
                       show={rate} reference={1} colour="--line-3"
                       range={(min, max) => [Math.min(min, 0.5), Math.max(max, 1.5)]} />
            </div>
        </section>
    );
}
