import type { ComponentChildren } from 'preact';
import { bitcoin, difficulty, hashRate, percent, rate, shortHash, shortName, whole } from '../format';
import { live, useLive } from '../live';
import { count, type Block, type Convergence, type Pool } from '../messages';
import { HistoryCharts } from '../parts/history';
import { Layout } from '../parts/layout';
import { SharesByReason } from '../parts/shares';
import { Ago } from '../parts/time';
import { useStore } from '../store';
import { BlockState, byNewest } from './blocks';
import { ServiceState } from './services';

function Tile({ name, children, more }: { name: string; children: ComponentChildren; more?: ComponentChildren }) {
    return (
        <div class="tile">
            <dt>{name}</dt>
            <dd><span class="figure">{children}</span>{more && <span class="faint more">{more}</span>}</dd>
        </div>
    );
}

function Tiles({ pool }: { pool: Pool }) {
    const hour = pool.shares_last_hour;
    const all = count(hour?.accepted) + count(hour?.rejected);
    const rates = pool.hash_rates ?? {};
    return (
        <dl class="tiles">
            <Tile name="Hash rate, 1 min">{hashRate(rates.last_minute)}</Tile>
            <Tile name="5 min">{hashRate(rates.last_5_minutes)}</Tile>
            <Tile name="1 h">{hashRate(rates.last_hour)}</Tile>
            <Tile name="24 h">{hashRate(rates.last_day)}</Tile>
            <Tile name="Valid shares, 1 h" more={`${rate(pool.accepted_per_minute)} a minute`}>
                {all > 0 ? percent(count(hour?.accepted) / all) : '–'}
            </Tile>
            <Tile name="Workers" more={`${whole(pool.active_identities ?? 0)} identities`}>
                {whole(pool.active_workers ?? 0)}
            </Tile>
            <Tile name="Connections" more={`${whole(pool.channels ?? 0)} channels`}>
                {whole(pool.connections ?? 0)}
            </Tile>
            <Tile name="Blocks, 24 h" more={`${rate(pool.expected_blocks_last_day)} expected`}>
                {whole(pool.blocks_last_day ?? 0)}
            </Tile>
            <Tile name="Working on height" more={<>template <Ago time={pool.template_time} /></>}>
                {pool.height ? whole(pool.height) : '–'}
            </Tile>
            <Tile name="Network difficulty">{difficulty(pool.network_difficulty)}</Tile>
        </dl>
    );
}

const BANDS = [
    ['below_half', 'less than half'], ['below', '½ to ⅘'], ['near', 'as aimed'], ['above', '5⁄4 to 2 times'],
    ['above_twice', 'more than twice'],
] as const;

/** How many channels send how much of what their targets should give. */
function Bands({ convergence }: { convergence: Convergence | undefined }) {
    const total = BANDS.reduce((sum, [key]) => sum + (convergence?.[key] ?? 0), 0);
    if (total === 0) return <p class="faint">No channel has sent enough shares yet to say.</p>;
    return (
        <>
            <div class="bands" aria-hidden="true">
                {BANDS.map(([key]) => (
                    <span key={key} class={`band ${key}`} style={{ flexGrow: convergence?.[key] ?? 0 }} />
                ))}
            </div>
            <table>
                <caption class="faint">Shares sent, of what the target should give; median{' '}
                    {rate(convergence?.median_ratio)}</caption>
                <tbody>
                    {BANDS.map(([key, name]) => (
                        <tr key={key}>
                            <th scope="row"><span class={`key ${key}`} aria-hidden="true" /> {name}</th>
                            <td class="number">{whole(convergence?.[key] ?? 0)}</td>
                            <td class="number faint">{percent((convergence?.[key] ?? 0) / total)}</td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </>
    );
}

function LastBlocks({ blocks }: { blocks: Block[] }) {
    if (blocks.length === 0) return <p class="faint">None yet.</p>;
    return (
        <table>
            <tbody>
                {[...blocks].sort(byNewest).slice(0, 6).map((block) => (
                    <tr key={block.name}>
                        <th scope="row">{whole(block.height ?? 0)}</th>
                        <td><code title={shortName(block.name)}>{shortHash(shortName(block.name))}</code></td>
                        <td><BlockState block={block} /></td>
                        <td class="number">{bitcoin(count(block.value_sat))}</td>
                        <td class="number faint"><Ago time={block.find_time} /></td>
                    </tr>
                ))}
            </tbody>
        </table>
    );
}

export function Overview() {
    useLive(['services', 'blocks']);
    const { pool, services, blocks } = useStore(live);
    return (
        <Layout title="Overview">
            {pool ? <Tiles pool={pool} /> : <p class="faint">Asking …</p>}
            <HistoryCharts path="/api/pool/history" heading="The pool over time" />
            <div class="columns">
                <section aria-labelledby="reasons">
                    <h2 id="reasons">Shares by reason</h2>
                    <SharesByReason hour={pool?.shares_last_hour} day={pool?.shares_last_day} />
                </section>
                <section aria-labelledby="bands">
                    <h2 id="bands">Channels by convergence</h2>
                    <Bands convergence={pool?.convergence} />
                </section>
                <section aria-labelledby="blocks">
                    <h2 id="blocks"><a href="/blocks">Blocks</a></h2>
                    <div class="scroll" tabIndex={0} role="region" aria-label="The last blocks">
                        <LastBlocks blocks={blocks ?? []} />
                    </div>
                </section>
                <section aria-labelledby="services">
                    <h2 id="services"><a href="/services">Services</a></h2>
                    <ul class="plain">
                        {(services ?? []).map((service) => (
                            <li key={service.name}>
                                <span>{shortName(service.name)}</span> <ServiceState service={service} />
                            </li>
                        ))}
                        {services?.length === 0 && <li class="faint">No process has been asked yet.</li>}
                    </ul>
                </section>
            </div>
        </Layout>
    );
}
