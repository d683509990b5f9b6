import { shortName, whole } from '../format';
import { live, useLive } from '../live';
import { enumText, type Gateway } from '../messages';
import { Layout } from '../parts/layout';
import { State, type Level } from '../parts/state';
import { useStore } from '../store';

const LEVELS: Record<string, Level> = {
    STATE_SERVING: 'good', STATE_NOT_SERVING: 'bad', STATE_DRAINING: 'warning', STATE_DRAINED: 'idle',
    STATE_NOT_ANSWERING: 'bad',
};

export function Gateways() {
    useLive(['gateways']);
    const gateways: Gateway[] = useStore(live).gateways ?? [];
    const sum = (of: (gateway: Gateway) => number | undefined): number =>
        gateways.reduce((total, gateway) => total + (of(gateway) ?? 0), 0);
    return (
        <Layout title="Gateways">
            <p>
                {whole(sum((g) => g.connections))} connections with {whole(sum((g) => g.channels))} channels on{' '}
                {gateways.length} {gateways.length === 1 ? 'gateway' : 'gateways'}.
            </p>
            <div class="scroll" tabIndex={0} role="region" aria-label="Gateways">
                <table class="wide">
                    <thead>
                        <tr>
                            <th scope="col">Gateway</th><th scope="col">State</th><th scope="col">Listens on</th>
                            <th scope="col" class="number">Connections</th><th scope="col" class="number">At most</th>
                            <th scope="col" class="number">Channels</th><th scope="col">Certificate ends</th>
                        </tr>
                    </thead>
                    <tbody>
                        {gateways.map((gateway) => (
                            <tr key={gateway.name}>
                                <th scope="row">{shortName(gateway.name)}</th>
                                <td><State level={LEVELS[gateway.state ?? ''] ?? 'idle'}
                                           text={enumText(gateway.state, 'STATE_')} />
                                    {gateway.draining_connections ? ` (${whole(gateway.draining_connections)} left)` : ''}</td>
                                <td class="name">{gateway.listen_address}</td>
                                <td class="number">{whole(gateway.connections ?? 0)}</td>
                                <td class="number">{whole(gateway.connections_max ?? 0)}</td>
                                <td class="number">{whole(gateway.channels ?? 0)}</td>
                                <td>{gateway.certificate_expire_time
                                    ? new Date(gateway.certificate_expire_time).toLocaleDateString('en-GB') : '–'}</td>
                            </tr>
                        ))}
                    </tbody>
                </table>
                {gateways.length === 0 && <p class="faint">No gateway is known.</p>}
            </div>
        </Layout>
    );
}
