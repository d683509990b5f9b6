import { useEffect, useState } from 'preact/hooks';

export interface Answer<T> {
    data: T | null;
    error: string | null;
}

async function get<T>(path: string, signal: AbortSignal): Promise<T> {
    const response = await fetch(path, { signal, credentials: 'same-origin' });
    const body = (await response.json()) as T & { error?: string };
    if (!response.ok) throw new Error(body.error ?? `HTTP status ${response.status}`);
    return body;
}

/** Asks at once and then every so often; what came last stays until something else has come. */
export function useAnswer<T>(path: string, everyMs: number): Answer<T> {
    const [answer, setAnswer] = useState<Answer<T> & { path: string }>({ data: null, error: null, path });
    useEffect(() => {
        const abort = new AbortController();
        let timer: number | undefined;
        const ask = async (): Promise<void> => {
            try {
                const data = await get<T>(path, abort.signal);
                setAnswer({ data, error: null, path });
            } catch (error) {
                if (abort.signal.aborted) return;
                const text = error instanceof Error ? error.message : String(error);
                setAnswer((before) => ({ ...before, error: text, path }));
            }
            if (!abort.signal.aborted) timer = window.setTimeout(() => void ask(), everyMs);
        };
        void ask();
        return () => {
            abort.abort();
            clearTimeout(timer);
        };
    }, [path, everyMs]);
    return answer;
}
