// The API's messages (proto/adit/admin/v1) as JSON has them: what is zero is left out, 64-bit integers
// and times are text.

export type Count = string | number | undefined;
export type Time = string | undefined;

export interface HashRates {
    last_minute?: number;
    last_5_minutes?: number;
    last_hour?: number;
    last_day?: number;
}

export interface ShareCounts {
    accepted?: Count;
    rejected?: Count;
    rejected_by_reason?: Record<string, Count>;
    valid_ratio?: number;
    work?: number;
}

export interface Convergence {
    below_half?: number;
    below?: number;
    near?: number;
    above?: number;
    above_twice?: number;
    median_ratio?: number;
}

export interface Pool {
    hash_rates?: HashRates;
    shares_last_hour?: ShareCounts;
    shares_last_day?: ShareCounts;
    accepted_per_minute?: number;
    connections?: number;
    channels?: number;
    active_workers?: number;
    active_identities?: number;
    height?: number;
    template_time?: Time;
    network_difficulty?: number;
    blocks_last_day?: number;
    expected_blocks_last_day?: number;
    last_block_time?: Time;
    convergence?: Convergence;
    problems_critical?: number;
    problems_warning?: number;
    log_time?: Time;
}

export interface HistoryPoint {
    start_time?: Time;
    hash_rate?: number;
    accepted_per_minute?: number;
    rejected_per_minute?: number;
    convergence?: number;
    rejected_per_minute_by_reason?: Record<string, number>;
}

export interface History {
    step?: string;
    points?: HistoryPoint[];
}

export interface Problem {
    name: string;
    severity?: string;
    text?: string;
    start_time?: Time;
    service?: string;
    subject?: string;
    kind?: string;
    runbook?: string;
}

export interface Worker {
    name: string;
    identity?: string;
    worker?: string;
    hash_rates?: HashRates;
    shares_last_hour?: ShareCounts;
    shares_last_day?: ShareCounts;
    shares?: ShareCounts;
    last_share_time?: Time;
    channels?: number;
    difficulty?: number;
    blocks?: number;
    state?: string;
    firmware?: string;
}

export interface Workers {
    workers?: Worker[];
    next_page_token?: string;
    total_size?: number;
}

export interface Channel {
    name: string;
    user_identity?: string;
    kind?: string;
    gateway?: string;
    open_time?: Time;
    difficulty?: number;
    nominal_hash_rate?: number;
    hash_rates?: HashRates;
    shares?: ShareCounts;
    last_share_time?: Time;
    convergence?: number;
    is_silent?: boolean;
}

export interface Block {
    name: string;
    height?: number;
    state?: string;
    find_time?: Time;
    user_identity?: string;
    value_sat?: Count;
    reason?: string;
}

export interface PoolNode {
    name: string;
    kind?: string;
    address?: string;
    software?: string;
    chain?: string;
    height?: number;
    tip?: string;
    peers?: number;
    verdict?: string;
    reason?: string;
    leads?: boolean;
    blocks_behind?: number;
    is_reachable?: boolean;
    service?: string;
}

export interface Stage {
    name?: string;
    depth?: Count;
    oldest_seconds?: number;
    wait_max_seconds?: number;
    is_stalled?: boolean;
    oldest_entry?: string;
}

export interface Service {
    name: string;
    kind?: string;
    address?: string;
    version?: string;
    start_time?: Time;
    state?: string;
    reason?: string;
    stages?: Stage[];
    stalls?: Count;
}

export interface Gateway {
    name: string;
    service?: string;
    listen_address?: string;
    connections?: number;
    connections_max?: number;
    channels?: number;
    state?: string;
    draining_connections?: number;
    certificate_expire_time?: Time;
}

/** A figure that JSON may carry as text, or leave out where it is zero. */
export const count = (value: Count): number => (value === undefined ? 0 : Number(value));

/** "STATE_NOT_ANSWERING" as an operator reads it: "not answering". */
export const enumText = (value: string | undefined, prefix: string): string =>
    (value ?? '').replace(prefix, '').toLowerCase().replaceAll('_', ' ') || 'unknown';
