import { Store } from './store';

export type Theme = 'light' | 'dark';

const KEY = 'adit-theme';
const system = window.matchMedia('(prefers-color-scheme: dark)');

function chosen(): Theme | null {
    try {
        const kept = localStorage.getItem(KEY);
        return kept === 'light' || kept === 'dark' ? kept : null;
    } catch {
        return null;
    }
}

export const theme = new Store<Theme>('light');

function apply(): void {
    const next = chosen() ?? (system.matches ? 'dark' : 'light');
    document.documentElement.dataset['theme'] = next;
    theme.set(next);
}

export function startTheme(): void {
    system.addEventListener('change', apply);
    apply();
}

export function toggleTheme(): void {
    const next = theme.get() === 'dark' ? 'light' : 'dark';
    try {
        // What the system says anyway is not kept, so that it is followed again.
        if (next === (system.matches ? 'dark' : 'light')) localStorage.removeItem(KEY);
        else localStorage.setItem(KEY, next);
    } catch {
        /* a browser that keeps nothing */
    }
    document.documentElement.dataset['theme'] = next;
    theme.set(next);
}
