// The stream of /api/events: what is new, once a second. A view says what it shows; the stream brings
// that and no more.

import { useEffect } from 'preact/hooks';
import type { Block, Gateway, Pool, PoolNode, Problem, Service, Worker } from './messages';
import { Store } from './store';

export type Topic = 'services' | 'gateways' | 'nodes' | 'blocks';

export interface Live {
    pool: Pool | null;
    problems: Problem[] | null;
    services: Service[] | null;
    gateways: Gateway[] | null;
    nodes: PoolNode[] | null;
    blocks: Block[] | null;
}

/** The server's clock, and how the picture stands. `heard` is ours, of the last event. */
export interface Pulse {
    server: number;
    heard: number;
    isStale: boolean;
    hasBegun: boolean;
}

interface Changes {
    all?: boolean;
    rows: { name: string }[];
    removed?: string[];
}

/** Ticks come each second: so many missed mean that what is shown is old. */
const STALE_AFTER_MS = 4000;
const RETRY_MS = 2000;

export const live = new Store<Live>({
    pool: null, problems: null, services: null, gateways: null, nodes: null, blocks: null,
});
export const pulse = new Store<Pulse>({ server: Date.now(), heard: 0, isStale: false, hasBegun: false });
/** Rows that a view shows and that have changed. */
export const changedRows = new Store<Map<string, Worker>>(new Map());

let stream: EventSource | null = null;
let wanted: { topics: Topic[]; rows: string[] } = { topics: [], rows: [] };
let opened = '';
let retry: number | undefined;

function merged<Row extends { name: string }>(rows: Row[] | null, changes: Changes): Row[] {
    const byName = new Map((changes.all ? [] : (rows ?? [])).map((row) => [row.name, row]));
    for (const row of changes.rows as Row[]) byName.set(row.name, row);
    for (const name of changes.removed ?? []) byName.delete(name);
    return [...byName.values()];
}

function address(): string {
    const query = new URLSearchParams();
    if (wanted.topics.length > 0) query.set('topics', wanted.topics.join(','));
    // A request has 16 KiB at most.
    let left = 12_000;
    for (const row of wanted.rows) {
        left -= encodeURIComponent(row).length + 5;
        if (left > 0) query.append('row', row);
    }
    return `/api/events?${query}`;
}

function open(): void {
    stream?.close();
    clearTimeout(retry);
    opened = address();
    const current = new EventSource(opened);
    stream = current;
    const parsed = <T>(event: Event): T => JSON.parse((event as MessageEvent<string>).data) as T;
    current.addEventListener('pool', (event) => live.set({ ...live.get(), pool: parsed<Pool>(event) }));
    for (const topic of ['problems', 'services', 'gateways', 'nodes', 'blocks'] as const)
        current.addEventListener(topic, (event) => {
            const before = live.get();
            live.set({ ...before, [topic]: merged<{ name: string }>(before[topic], parsed(event)) });
        });
    current.addEventListener('rows', (event) => {
        const told = parsed<{ rows: Worker[]; removed: string[] }>(event);
        changedRows.set(new Map(told.rows.map((row) => [row.name, row])));
    });
    current.addEventListener('tick', (event) => {
        const server = Date.parse(parsed<{ time: string }>(event).time);
        pulse.set({ server, heard: performance.now(), isStale: false, hasBegun: true });
    });
    // A lost connection the browser takes up again by itself; a refusal it takes as final.
    current.onerror = () => {
        if (current.readyState !== EventSource.CLOSED || stream !== current) return;
        clearTimeout(retry);
        retry = window.setTimeout(open, RETRY_MS);
    };
}

export function startLive(): void {
    if (!stream) open();
    const begun = performance.now();
    window.setInterval(() => {
        const now = pulse.get();
        const isStale = performance.now() - (now.heard || begun) > STALE_AFTER_MS;
        if (isStale !== now.isStale || isStale) pulse.set({ ...now, isStale });
    }, 1000);
}

/** Has the stream bring what a view shows, as long as it is shown. */
export function useLive(topics: Topic[], rows: string[] = []): void {
    const key = `${topics.join()} ${rows.join()}`;
    useEffect(() => {
        wanted = { topics, rows };
        if (address() !== opened) open();
    }, [key]);
}
