import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import '../style.css';
import { difficulty, hashRate, percent, whole } from '../format';
import { count, enumText, type HashRates, type ShareCounts, type Worker } from '../messages';
import { pulse } from '../live';
import { State } from '../parts/state';
import { SharesByReason, ValidRatio } from '../parts/shares';
import { Ago } from '../parts/time';
import { startTheme } from '../theme';

interface Miner {
    time: string;
    identity: string;
    hash_rates?: HashRates;
    shares_last_hour?: ShareCounts;
    shares_last_day?: ShareCounts;
    shares?: ShareCounts;
    last_share_time?: string;
    blocks?: number;
    workers?: Worker[];
    workers_left_out?: number;
}

const EVERY_MS = 15_000;
const PREFIX = '/miner/';

function Ask() {
    const [name, setName] = useState('');
    return (
        <form onSubmit={(event) => {
            event.preventDefault();
            if (name.trim()) location.assign(PREFIX + encodeURIComponent(name.trim()));
        }}>
            <label class="search"><span>Your identity</span>
                <input value={name} autoComplete="off" spellcheck={false}
                       onInput={(event) => setName(event.currentTarget.value)} />
            </label>{' '}
            <button type="submit">Show</button>
            <p class="faint">It is what stands before the first dot of your miner's user name.</p>
        </form>
    );
}

function Workers({ workers, more }: { workers: Worker[]; more: number }) {
    return (
        <div class="scroll" tabIndex={0} role="region" aria-label="Table of workers">
            <table class="wide">
                <thead>
                    <tr><th scope="col">Worker</th><th scope="col">State</th>
                        <th scope="col" class="number">5 min</th><th scope="col" class="number">24 h</th>
                        <th scope="col" class="number">Valid, 1 h</th><th scope="col" class="number">Last share</th>
                        <th scope="col" class="number">Difficulty</th></tr>
                </thead>
                <tbody>
                    {workers.map((worker) => (
                        <tr key={worker.name}>
                            <th scope="row" class="name">{worker.worker || '–'}</th>
                            <td><State level={worker.state === 'STATE_MINING' ? 'good' : worker.state === 'STATE_SILENT' ? 'bad' : 'idle'}
                                       text={enumText(worker.state, 'STATE_')} /></td>
                            <td class="number">{hashRate(worker.hash_rates?.last_5_minutes)}</td>
                            <td class="number">{hashRate(worker.hash_rates?.last_day)}</td>
                            <td class="number"><ValidRatio counts={worker.shares_last_hour} /></td>
                            <td class="number"><Ago time={worker.last_share_time} /></td>
                            <td class="number">{difficulty(worker.difficulty)}</td>
                        </tr>
                    ))}
                </tbody>
            </table>
            {more > 0 && <p class="faint">and {whole(more)} more</p>}
        </div>
    );
}

function Tiles({ miner }: { miner: Miner }) {
    const hour = miner.shares_last_hour;
    const all = count(hour?.accepted) + count(hour?.rejected);
    const facts: [string, preact.ComponentChildren][] = [
        ['Hash rate, 5 min', hashRate(miner.hash_rates?.last_5_minutes)],
        ['1 h', hashRate(miner.hash_rates?.last_hour)],
        ['24 h', hashRate(miner.hash_rates?.last_day)],
        ['Valid shares, 1 h', all > 0 ? percent(count(hour?.accepted) / all) : '–'],
        ['Last share', <Ago time={miner.last_share_time} />],
        ['Shares ever', whole(count(miner.shares?.accepted))],
        ['Blocks', whole(miner.blocks ?? 0)],
    ];
    return (
        <dl class="tiles">
            {facts.map(([name, value]) => (
                <div class="tile" key={name}><dt>{name}</dt><dd><span class="figure">{value}</span></dd></div>
            ))}
        </dl>
    );
}

function Page({ identity }: { identity: string }) {
    const [miner, setMiner] = useState<Miner | null>(null);
    const [problem, setProblem] = useState('');
    useEffect(() => {
        const ask = async (): Promise<void> => {
            try {
                const response = await fetch(`/api/miner/${identity}`);
                if (response.status === 404) return setProblem('Nobody of this name has mined here lately.');
                if (!response.ok) throw new Error(`status ${response.status}`);
                const data = (await response.json()) as Miner;
                pulse.set({ server: Date.parse(data.time), heard: performance.now(), isStale: false, hasBegun: true });
                setMiner(data);
                setProblem('');
            } catch (error) {
                setProblem(`The pool does not answer (${String(error)}); what is shown may be old.`);
            }
        };
        void ask();
        const timer = window.setInterval(() => void ask(), EVERY_MS);
        return () => clearInterval(timer);
    }, [identity]);
    return (
        <>
            {problem && <p class="note" role="alert">▲ {problem}</p>}
            {miner && (
                <>
                    <Tiles miner={miner} />
                    <section aria-labelledby="workers"><h2 id="workers">Workers</h2>
                        <Workers workers={miner.workers ?? []} more={miner.workers_left_out ?? 0} /></section>
                    <section aria-labelledby="reasons"><h2 id="reasons">Shares by reason</h2>
                        <SharesByReason hour={miner.shares_last_hour} day={miner.shares_last_day} /></section>
                </>
            )}
        </>
    );
}

function App() {
    const identity = location.pathname.startsWith(PREFIX) ? location.pathname.slice(PREFIX.length) : '';
    let shown = identity;
    try {
        shown = decodeURIComponent(identity);
    } catch {
        /* as it stands */
    }
    return (
        <main>
            <h1>{shown || 'Your miners'}</h1>
            {identity ? <Page identity={identity} /> : <Ask />}
        </main>
    );
}

const root = document.getElementById('app');
if (root) {
    startTheme();
    render(<App />, root);
}
