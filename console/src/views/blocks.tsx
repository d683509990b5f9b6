import { bitcoin, shortHash, shortName, whole } from '../format';
import { live, useLive } from '../live';
import { count, enumText, type Block } from '../messages';
import { Layout } from '../parts/layout';
import { State, type Level } from '../parts/state';
import { Ago } from '../parts/time';
import { useStore } from '../store';

const LEVELS: Record<string, Level> = {
    STATE_FOUND: 'idle', STATE_ACCEPTED: 'good', STATE_IN_CHAIN: 'good', STATE_CONFIRMED: 'good',
    STATE_REJECTED: 'bad', STATE_GIVEN_UP: 'bad', STATE_ORPHANED: 'warning',
};

export const byNewest = (a: Block, b: Block): number =>
    (b.height ?? 0) - (a.height ?? 0) || (b.find_time ?? '').localeCompare(a.find_time ?? '');

export function BlockState({ block }: { block: Block }) {
    return (
        <State level={LEVELS[block.state ?? ''] ?? 'idle'} text={enumText(block.state, 'STATE_')}
               title={block.reason} />
    );
}

export function Blocks() {
    useLive(['blocks']);
    const { blocks } = useStore(live);
    return (
        <Layout title="Blocks">
            <p class="faint">The newest hundred that miners of this pool have solved.</p>
            <div class="scroll" tabIndex={0} role="region" aria-label="Blocks">
                <table class="wide">
                    <thead>
                        <tr>
                            <th scope="col" class="number">Height</th><th scope="col">Hash</th>
                            <th scope="col">State</th><th scope="col">Found by</th>
                            <th scope="col" class="number">Value</th><th scope="col" class="number">Found</th>
                        </tr>
                    </thead>
                    <tbody>
                        {[...(blocks ?? [])].sort(byNewest).map((block) => (
                            <tr key={block.name} id={shortName(block.name)}>
                                <th scope="row" class="number">{whole(block.height ?? 0)}</th>
                                <td><a href={`#${shortName(block.name)}`} title={shortName(block.name)}>
                                    <code>{shortHash(shortName(block.name))}</code></a></td>
                                <td><BlockState block={block} />{block.reason && <span class="faint"> {block.reason}</span>}</td>
                                <td class="name">{block.user_identity}</td>
                                <td class="number">{bitcoin(count(block.value_sat))}</td>
                                <td class="number"><Ago time={block.find_time} /></td>
                            </tr>
                        ))}
                    </tbody>
                </table>
                {blocks?.length === 0 && <p class="faint">No block yet.</p>}
            </div>
        </Layout>
    );
}
