import { shortHash, shortName, whole } from '../format';
import { live, useLive } from '../live';
import { enumText, type PoolNode } from '../messages';
import { Layout } from '../parts/layout';
import { State, type Level } from '../parts/state';
import { useStore } from '../store';

const LEVELS: Record<string, Level> = {
    VERDICT_USABLE: 'good', VERDICT_POOR: 'warning', VERDICT_REFUSED: 'bad',
};

function Verdict({ node }: { node: PoolNode }) {
    if (!node.is_reachable) return <State level="bad" text="does not answer" />;
    return <State level={LEVELS[node.verdict ?? ''] ?? 'idle'} text={enumText(node.verdict, 'VERDICT_')} />;
}

export function Nodes() {
    useLive(['nodes']);
    const { nodes } = useStore(live);
    return (
        <Layout title="Nodes">
            <p class="faint">Each node as each template replica sees it.</p>
            <div class="scroll" tabIndex={0} role="region" aria-label="Nodes">
                <table class="wide">
                    <thead>
                        <tr>
                            <th scope="col">Node</th><th scope="col">State</th>
                            <th scope="col" class="number">Height</th><th scope="col">Tip</th>
                            <th scope="col" class="number">Peers</th><th scope="col">Software</th>
                            <th scope="col">Address</th>
                        </tr>
                    </thead>
                    <tbody>
                        {[...(nodes ?? [])].sort((a, b) => a.name.localeCompare(b.name)).map((node) => (
                            <tr key={node.name}>
                                <th scope="row">{shortName(node.name)}{node.leads && <span class="tag">leads</span>}</th>
                                <td><Verdict node={node} /> <span class="faint">{node.reason}</span></td>
                                <td class="number">{node.height === undefined ? '–' : whole(node.height)}
                                    {node.blocks_behind ? <span class="state warning"> ▲ {node.blocks_behind} behind</span> : ''}</td>
                                <td>{node.tip && <code title={node.tip}>{shortHash(node.tip)}</code>}</td>
                                <td class="number">{node.peers ?? '–'}</td>
                                <td class="name">{node.software} {node.chain}</td>
                                <td class="name">{node.address}</td>
                            </tr>
                        ))}
                    </tbody>
                </table>
                {nodes?.length === 0 && <p class="faint">No node is known.</p>}
            </div>
        </Layout>
    );
}
