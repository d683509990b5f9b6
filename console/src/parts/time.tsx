import { ago, duration, moment } from '../format';
import { pulse } from '../live';
import { useStore } from '../store';

/** How long ago by the server's clock, with the moment as title; `bare` without "ago". */
export function Ago({ time, bare }: { time: string | undefined; bare?: boolean }) {
    const { server } = useStore(pulse);
    if (!time) return <span class="faint">never</span>;
    const seconds = (server - Date.parse(time)) / 1000;
    return (
        <time dateTime={time} title={moment(time)}>
            {bare ? duration(seconds) : ago(seconds)}
        </time>
    );
}
