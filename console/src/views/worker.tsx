import { useAnswer } from '../ask';
import { difficulty, hashRate, rate, shortName, whole } from '../format';
import { useLive } from '../live';
import { count, enumText, type Channel, type Worker } from '../messages';
import { HistoryCharts } from '../parts/history';
import { Layout } from '../parts/layout';
import { SharesByReason } from '../parts/shares';
import { State } from '../parts/state';
import { Ago } from '../parts/time';
import { route } from '../route';
import { useStore } from '../store';
import { WorkerState } from './workers';

const EVERY_MS = 2000;

function Facts({ worker }: { worker: Worker }) {
    const rates = worker.hash_rates ?? {};
    const facts: [string, preact.ComponentChildren][] = [
        ['State', <WorkerState worker={worker} />],
        ['1 min', hashRate(rates.last_minute)],
        ['5 min', hashRate(rates.last_5_minutes)],
        ['1 h', hashRate(rates.last_hour)],
        ['24 h', hashRate(rates.last_day)],
        ['Last share', <Ago time={worker.last_share_time} />],
        ['Difficulty', difficulty(worker.difficulty)],
        ['Channels', whole(worker.channels ?? 0)],
        ['Shares ever', whole(count(worker.shares?.accepted))],
        ['Blocks', whole(worker.blocks ?? 0)],
        ['Firmware', worker.firmware || '–'],
    ];
    return (
        <dl class="tiles">
            {facts.map(([name, value]) => (
                <div class="tile" key={name}><dt>{name}</dt><dd><span class="figure">{value}</span></dd></div>
            ))}
        </dl>
    );
}

function Channels({ name }: { name: string }) {
    const { data, error } = useAnswer<{ channels?: Channel[] }>(
        `/api/worker/channels?name=${encodeURIComponent(name)}`, 5000);
    const channels = data?.channels ?? [];
    if (error) return <p class="note">No channels: {error}</p>;
    if (channels.length === 0) return <p class="faint">None is open.</p>;
    return (
        <div class="scroll" tabIndex={0} role="region" aria-label="Table of channels">
            <table class="wide">
                <thead>
                    <tr><th scope="col">Channel</th><th scope="col">Kind</th><th scope="col">Gateway</th>
                        <th scope="col" class="number">5 min</th><th scope="col" class="number">Difficulty</th>
                        <th scope="col" class="number">Convergence</th><th scope="col" class="number">Last share</th>
                        <th scope="col" class="number">Open</th></tr>
                </thead>
                <tbody>
                    {channels.map((channel) => (
                        <tr key={channel.name}>
                            <th scope="row"><code>{shortName(channel.name)}</code>{' '}
                                {channel.is_silent && <State level="bad" text="silent" />}</th>
                            <td>{enumText(channel.kind, 'KIND_')}</td>
                            <td>{shortName(channel.gateway ?? '')}</td>
                            <td class="number">{hashRate(channel.hash_rates?.last_5_minutes)}</td>
                            <td class="number">{difficulty(channel.difficulty)}</td>
                            <td class="number">{channel.convergence ? rate(channel.convergence) : '–'}</td>
                            <td class="number"><Ago time={channel.last_share_time} /></td>
                            <td class="number"><Ago time={channel.open_time} bare /></td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}

export function WorkerPage() {
    useLive([]);
    const name = useStore(route).query.get('name') ?? '';
    const asked = encodeURIComponent(name);
    const { data: worker, error } = useAnswer<Worker>(`/api/worker?name=${asked}`, EVERY_MS);
    const title = worker ? `${worker.identity ?? ''} / ${worker.worker || '–'}` : 'Worker';
    return (
        <Layout title={title}>
            <p><a href="/workers">All workers</a></p>
            {error && <p class="note" role="alert">■ {error}</p>}
            {worker && (
                <>
                    <Facts worker={worker} />
                    <HistoryCharts path={`/api/worker/history?name=${asked}`} heading="This worker over time" />
                    <section aria-labelledby="channels"><h2 id="channels">Channels</h2><Channels name={name} /></section>
                    <section aria-labelledby="reasons">
                        <h2 id="reasons">Shares by reason</h2>
                        <SharesByReason hour={worker.shares_last_hour} day={worker.shares_last_day} />
                    </section>
                </>
            )}
        </Layout>
    );
}
