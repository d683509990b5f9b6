import { duration, shortName, whole } from '../format';
import { live, useLive } from '../live';
import { count, enumText, type Service, type Stage } from '../messages';
import { Layout } from '../parts/layout';
import { State, type Level } from '../parts/state';
import { Ago } from '../parts/time';
import { useStore } from '../store';

const LEVELS: Record<string, Level> = {
    STATE_READY: 'good', STATE_NOT_READY: 'warning', STATE_WEDGED: 'bad', STATE_NOT_ANSWERING: 'bad',
    STATE_GONE: 'idle',
};

export function ServiceState({ service }: { service: Service }) {
    return (
        <State level={LEVELS[service.state ?? ''] ?? 'idle'} text={enumText(service.state, 'STATE_')}
               title={service.reason} />
    );
}

function StageRow({ stage }: { stage: Stage }) {
    return (
        <tr>
            <th scope="row">{stage.name}</th>
            <td class="number">{whole(count(stage.depth))}</td>
            <td class="number">{stage.oldest_seconds ? duration(stage.oldest_seconds) : '–'}</td>
            <td>{stage.is_stalled
                ? <State level="bad" text={`stalled: ${stage.oldest_entry ?? ''}`} />
                : <State level="good" text="flows" />}</td>
        </tr>
    );
}

function Card({ service }: { service: Service }) {
    const stages = service.stages ?? [];
    return (
        <section class="card" aria-label={shortName(service.name)}>
            <div class="section-head">
                <h2>{shortName(service.name)}</h2>
                <ServiceState service={service} />
            </div>
            <p class="faint">
                {service.address}{service.version && ` · ${service.version}`}
                {service.start_time && <> · up <Ago time={service.start_time} bare /></>}
                {count(service.stalls) > 0 && ` · ${whole(count(service.stalls))} stalls`}
            </p>
            {service.reason && <p>{service.reason}</p>}
            {stages.length > 0 && (
                <div class="scroll" tabIndex={0} role="region" aria-label={`Queues of ${shortName(service.name)}`}>
                    <table>
                        <thead>
                            <tr><th scope="col">Queue</th><th scope="col" class="number">Waiting</th>
                                <th scope="col" class="number">Oldest</th><th scope="col">State</th></tr>
                        </thead>
                        <tbody>{stages.map((stage) => <StageRow key={stage.name} stage={stage} />)}</tbody>
                    </table>
                </div>
            )}
        </section>
    );
}

export function Services() {
    useLive(['services']);
    const { services } = useStore(live);
    return (
        <Layout title="Services">
            <div class="cards">
                {[...(services ?? [])].sort((a, b) => a.name.localeCompare(b.name))
                    .map((service) => <Card key={service.name} service={service} />)}
            </div>
            {services?.length === 0 && <p class="faint">No process has been asked yet; [fleet] names them.</p>}
        </Layout>
    );
}
