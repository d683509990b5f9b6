import type { ComponentChildren } from 'preact';
import { clock, duration } from '../format';
import { pulse } from '../live';
import { route } from '../route';
import { useStore } from '../store';
import { theme, toggleTheme } from '../theme';
import { Problems } from './problems';
import { State } from './state';

const VIEWS = [
    ['/', 'Overview'], ['/workers', 'Workers'], ['/blocks', 'Blocks'], ['/nodes', 'Nodes'],
    ['/services', 'Services'], ['/gateways', 'Gateways'],
] as const;

function Pulse() {
    const { hasBegun, isStale, server } = useStore(pulse);
    if (isStale) return <State level="bad" text="not live" />;
    if (!hasBegun) return <State level="idle" text="connecting" />;
    return <State level="good" text={clock(server)} title="live; the time of adit-admin" />;
}

function Stale() {
    const { isStale, heard } = useStore(pulse);
    return (
        <div role="alert">
            {isStale && (
                <p class="stale">
                    ■ Not live: adit-admin has not been heard{' '}
                    {heard > 0 ? `for ${duration((performance.now() - heard) / 1000)}` : 'yet'}. What you see is
                    old; the page connects again by itself.
                </p>
            )}
        </div>
    );
}

export function Layout({ title, children }: { title: string; children: ComponentChildren }) {
    const { path } = useStore(route);
    const drawn = useStore(theme);
    const active = path === '/worker' ? '/workers' : path;
    document.title = `${title} – adit console`;
    return (
        <>
            <a class="skip" href="#main">Skip to the content</a>
            <header>
                <span class="brand"><img src="/icon.svg" alt="" width="20" height="20" /> adit</span>
                <nav aria-label="Views">
                    {VIEWS.map(([to, name]) => (
                        <a key={to} href={to} aria-current={to === active ? 'page' : undefined}>{name}</a>
                    ))}
                </nav>
                <span class="right">
                    <Pulse />
                    <button type="button" class="theme" onClick={toggleTheme}
                            aria-label={drawn === 'dark' ? 'Use light colours' : 'Use dark colours'}>
                        {drawn === 'dark' ? '☀' : '☾'}
                    </button>
                </span>
            </header>
            <Stale />
            <Problems />
            <main id="main" tabIndex={-1}>
                <h1 tabIndex={-1}>{title}</h1>
                {children}
            </main>
        </>
    );
}
