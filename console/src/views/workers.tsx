import { useEffect, useState } from 'preact/hooks';
import { useAnswer } from '../ask';
import { difficulty, hashRate, whole } from '../format';
import { changedRows, useLive } from '../live';
import { count, enumText, type Worker, type Workers as Page } from '../messages';
import { Layout } from '../parts/layout';
import { ValidRatio } from '../parts/shares';
import { SortHead } from '../parts/sort';
import { State, type Level } from '../parts/state';
import { Ago } from '../parts/time';
import { go, route, withQuery, workerLink } from '../route';
import { useStore } from '../store';

const PAGE_SIZE = 50;
const FIRST_ORDER = 'hash_rates.last_5_minutes desc';
const LEVELS: Record<string, Level> = { STATE_MINING: 'good', STATE_SILENT: 'bad', STATE_GONE: 'idle' };

export function WorkerState({ worker }: { worker: Worker }) {
    return <State level={LEVELS[worker.state ?? ''] ?? 'idle'} text={enumText(worker.state, 'STATE_')} />;
}

/** A list and the stream's news of its rows, which leave out what stands still. */
function useFresh(page: Page | null): Worker[] {
    const [news, setNews] = useState<Map<string, Worker>>(new Map());
    useEffect(() => setNews(new Map()), [page]);
    useEffect(() => changedRows.follow(() => setNews((before) => new Map([...before, ...changedRows.get()]))), []);
    return (page?.workers ?? []).map((row) => {
        const fresh = news.get(row.name);
        if (!fresh) return row;
        const { identity, worker, shares, shares_last_day, firmware } = row;
        return { ...fresh, ...JSON.parse(JSON.stringify({ identity, worker, shares, shares_last_day, firmware })) as object };
    });
}

function Search({ value }: { value: string }) {
    const [text, setText] = useState(value);
    useEffect(() => setText(value), [value]);
    useEffect(() => {
        if (text === value) return;
        const timer = window.setTimeout(() => go(withQuery({ search: text, page: '' }), true), 250);
        return () => clearTimeout(timer);
    }, [text]);
    return (
        <label class="search">
            <span>Search <kbd>/</kbd></span>
            <input id="search" type="search" value={text} autoComplete="off" spellcheck={false}
                   placeholder="identity or worker" onInput={(event) => setText(event.currentTarget.value)} />
        </label>
    );
}

function Pages({ next }: { next: string | undefined }) {
    const token = useStore(route).query.get('page') ?? '';
    return (
        <nav class="pages" aria-label="Pages of the list">
            <button type="button" disabled={!token} onClick={() => go(withQuery({ page: '' }))}>first</button>
            <button type="button" disabled={!token} onClick={() => history.back()}>back</button>
            <button type="button" disabled={!next} onClick={() => go(withQuery({ page: next ?? '' }))}>next</button>
        </nav>
    );
}

export function Workers() {
    const { query } = useStore(route);
    const search = query.get('search') ?? '';
    const order = query.get('order_by') ?? FIRST_ORDER;
    const asked = new URLSearchParams({ page_size: String(PAGE_SIZE), order_by: order });
    if (search) asked.set('search', search);
    if (query.get('page')) asked.set('page_token', query.get('page') ?? '');
    const { data, error } = useAnswer<Page>(`/api/workers?${asked}`, 10_000);
    const rows = useFresh(data);
    useLive([], (data?.workers ?? []).map((row) => row.name));
    const onOrder = (next: string): void => go(withQuery({ order_by: next, page: '' }), true);
    const head = (field: string, name: string, isNumber = true) => (
        <SortHead field={field} name={name} order={order} onOrder={onOrder} isNumber={isNumber} isDescFirst={isNumber} />
    );
    return (
        <Layout title="Workers">
            <div class="tools">
                <Search value={search} />
                <span class="faint" role="status">
                    {data && `${whole(data.total_size ?? rows.length)} ${search ? 'match' : 'workers'}`}
                </span>
                <Pages next={data?.next_page_token} />
            </div>
            {error && <p class="note" role="alert">■ {error}</p>}
            <div class="scroll" tabIndex={0} role="region" aria-label="Workers">
                <table class="wide">
                    <thead>
                        <tr>
                            {head('identity', 'Identity', false)}
                            {head('worker', 'Worker', false)}
                            {head('state', 'State', false)}
                            {head('hash_rates.last_minute', '1 min')}
                            {head('hash_rates.last_5_minutes', '5 min')}
                            {head('hash_rates.last_hour', '1 h')}
                            {head('hash_rates.last_day', '24 h')}
                            {head('shares_last_hour.valid_ratio', 'Valid, 1 h')}
                            {head('shares_last_hour.rejected', 'Rejected, 1 h')}
                            {head('last_share_time', 'Last share')}
                            {head('channels', 'Channels')}
                            {head('difficulty', 'Difficulty')}
                        </tr>
                    </thead>
                    <tbody>
                        {rows.map((row) => (
                            <tr key={row.name}>
                                <td class="name">{row.identity}</td>
                                <th scope="row" class="name"><a href={workerLink(row.name)}>{row.worker || '–'}</a></th>
                                <td><WorkerState worker={row} /></td>
                                <td class="number">{hashRate(row.hash_rates?.last_minute)}</td>
                                <td class="number">{hashRate(row.hash_rates?.last_5_minutes)}</td>
                                <td class="number">{hashRate(row.hash_rates?.last_hour)}</td>
                                <td class="number">{hashRate(row.hash_rates?.last_day)}</td>
                                <td class="number"><ValidRatio counts={row.shares_last_hour} /></td>
                                <td class="number">{whole(count(row.shares_last_hour?.rejected))}</td>
                                <td class="number"><Ago time={row.last_share_time} /></td>
                                <td class="number">{whole(row.channels ?? 0)}</td>
                                <td class="number">{difficulty(row.difficulty)}</td>
                            </tr>
                        ))}
                    </tbody>
                </table>
                {data && rows.length === 0 && <p class="faint">{search ? 'No worker matches.' : 'No worker yet.'}</p>}
            </div>
        </Layout>
    );
}
