import { percent, whole } from '../format';
import { count, type ShareCounts } from '../messages';

/** Shares of the last hour and day by what became of them. */
export function SharesByReason({ hour, day }: { hour: ShareCounts | undefined; day: ShareCounts | undefined }) {
    const reasons = [...new Set([...Object.keys(hour?.rejected_by_reason ?? {}),
                                 ...Object.keys(day?.rejected_by_reason ?? {})])].sort();
    const all = (counts: ShareCounts | undefined): number => count(counts?.accepted) + count(counts?.rejected);
    const row = (what: string, key: string, of: (counts: ShareCounts | undefined) => number) => (
        <tr key={key}>
            <th scope="row">{what}</th>
            {[hour, day].map((counts, index) => (
                <>
                    <td class="number" key={index}>{whole(of(counts))}</td>
                    <td class="number faint">{all(counts) > 0 ? percent(of(counts) / all(counts)) : '–'}</td>
                </>
            ))}
        </tr>
    );
    return (
        <div class="scroll" tabIndex={0} role="region" aria-label="Table of shares by reason">
            <table>
                <thead>
                    <tr><th scope="col">Shares</th>
                        <th scope="col" colSpan={2} class="number">last hour</th>
                        <th scope="col" colSpan={2} class="number">last day</th></tr>
                </thead>
                <tbody>
                    {row('accepted', ' accepted', (counts) => count(counts?.accepted))}
                    {reasons.map((reason) =>
                        row(reason, reason, (counts) => count(counts?.rejected_by_reason?.[reason])))}
                    {reasons.length === 0 && (
                        <tr><th scope="row">rejected</th><td class="number">0</td><td /><td class="number">0</td><td /></tr>
                    )}
                </tbody>
            </table>
        </div>
    );
}

/** What of the shares of an hour was accepted; nothing came: nothing is said. */
export function ValidRatio({ counts }: { counts: ShareCounts | undefined }) {
    const all = count(counts?.accepted) + count(counts?.rejected);
    if (all === 0) return <span class="faint">–</span>;
    const ratio = count(counts?.accepted) / all;
    return <span class={ratio < 0.95 ? 'state bad' : ''}>{ratio < 0.95 ? '■ ' : ''}{percent(ratio)}</span>;
}
