import { useEffect, useState } from 'preact/hooks';

/** A value that views follow. */
export class Store<T> {
    private followers = new Set<() => void>();
    constructor(private current: T) {}

    get(): T {
        return this.current;
    }
    set(value: T): void {
        this.current = value;
        for (const follower of this.followers) follower();
    }
    follow(act: () => void): () => void {
        this.followers.add(act);
        return () => this.followers.delete(act);
    }
}

export function useStore<T>(store: Store<T>): T {
    const [, again] = useState(0);
    useEffect(() => store.follow(() => again((n) => n + 1)), [store]);
    return store.get();
}
