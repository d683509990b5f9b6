import { useState } from 'preact/hooks';
import { duration, shortName } from '../format';
import { live, pulse } from '../live';
import type { Problem } from '../messages';
import { workerLink } from '../route';
import { useStore } from '../store';
import { State, type Level } from './state';
import { Ago } from './time';

const SHOWN = 5;
const RANKS = ['SEVERITY_CRITICAL', 'SEVERITY_WARNING', 'SEVERITY_INFO'];
const LEVELS: Record<string, [Level, string]> = {
    SEVERITY_CRITICAL: ['bad', 'critical'],
    SEVERITY_WARNING: ['warning', 'warning'],
    SEVERITY_INFO: ['idle', 'note'],
};

function Where({ problem }: { problem: Problem }) {
    const subject = problem.subject ?? '';
    if (/^identities\/[^/]+\/workers\//.test(subject)) return <a href={workerLink(subject)}>{subject}</a>;
    if (problem.service) return <a href="/services">{shortName(problem.service)}</a>;
    return <>{subject}</>;
}

function Row({ problem }: { problem: Problem }) {
    const [level, word] = LEVELS[problem.severity ?? ''] ?? ['warning', 'warning'];
    return (
        <li class={`problem ${level}`}>
            <State level={level} text={word} />
            <span class="problem-text">{problem.text}</span>
            <span class="faint problem-where">
                <Where problem={problem} /> {problem.kind && <code title={problem.runbook}>{problem.kind}</code>}{' '}
                {problem.start_time && <>for <Ago time={problem.start_time} bare /></>}
            </span>
        </li>
    );
}

/** What is wrong right now. */
export function Problems() {
    const { problems, pool } = useStore(live);
    const now = useStore(pulse);
    const [isOpen, open] = useState(false);
    if (problems === null) return <div class="wrong" role="status">asking what is wrong …</div>;
    const sorted = [...problems].sort((a, b) =>
        RANKS.indexOf(a.severity ?? '') - RANKS.indexOf(b.severity ?? '') ||
        (a.start_time ?? '').localeCompare(b.start_time ?? ''));
    const more = sorted.length - SHOWN;
    const lag = pool?.log_time ? (now.server - Date.parse(pool.log_time)) / 1000 : 0;
    return (
        <section class="wrong" aria-label="What is wrong right now" aria-live="polite">
            {sorted.length === 0 && <p class="well"><State level="good" text="Nothing is wrong right now" /></p>}
            {sorted.length > 0 && (
                <ul>{sorted.slice(0, isOpen ? undefined : SHOWN).map((p) => <Row key={p.name} problem={p} />)}</ul>
            )}
            {more > 0 && (
                <button type="button" aria-expanded={isOpen} onClick={() => open(!isOpen)}>
                    {isOpen ? 'fewer' : `${more} more`}
                </button>
            )}
            {lag > 15 && (
                <p class="note">▲ The figures of shares are {duration(lag)} old: adit-admin is reading the share log.</p>
            )}
        </section>
    );
}
