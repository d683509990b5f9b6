//! Jobs, headers and shares, as far as a test needs them.

use bitcoin_hashes::{sha256d, Hash};
use std::collections::HashMap;

/// As it travels: the least significant byte first.
pub type U256 = [u8; 32];

pub fn u256(bytes: &[u8]) -> U256 {
    bytes.try_into().expect("32 bytes")
}

#[derive(Clone)]
pub enum Root {
    Fixed(U256),
    /// Coinbase prefix and suffix, merkle path.
    FromCoinbase(Vec<u8>, Vec<u8>, Vec<U256>),
}

#[derive(Clone)]
pub struct Job {
    pub version: u32,
    pub min_ntime: Option<u32>,
    pub root: Root,
}

#[derive(Clone, Copy)]
pub struct Tip {
    pub prev_hash: U256,
    pub min_ntime: u32,
    pub nbits: u32,
}

/// The jobs of one channel and which of them is to be worked on.
#[derive(Default)]
pub struct Jobs {
    known: HashMap<u32, Job>,
    tip: Option<Tip>,
    active: Option<u32>,
}

impl Jobs {
    pub fn add(&mut self, job_id: u32, job: Job) {
        if job.min_ntime.is_some() {
            self.active = Some(job_id);
        }
        self.known.insert(job_id, job);
    }
    pub fn set_tip(&mut self, job_id: u32, tip: Tip) {
        self.tip = Some(tip);
        self.active = Some(job_id);
    }
    pub fn active(&self) -> Option<(u32, Job, Tip)> {
        let job_id = self.active?;
        Some((job_id, self.known.get(&job_id)?.clone(), self.tip?))
    }
}

fn merkle_root(root: &Root, extranonce: &[u8]) -> U256 {
    let (prefix, suffix, path) = match root {
        Root::Fixed(root) => return *root,
        Root::FromCoinbase(prefix, suffix, path) => (prefix, suffix, path),
    };
    let mut coinbase = prefix.clone();
    coinbase.extend(extranonce);
    coinbase.extend(suffix);
    let mut hash = sha256d::Hash::hash(&coinbase).to_byte_array();
    for sibling in path {
        let mut pair = hash.to_vec();
        pair.extend(sibling);
        hash = sha256d::Hash::hash(&pair).to_byte_array();
    }
    hash
}

pub fn header(
    job: &Job,
    tip: &Tip,
    extranonce: &[u8],
    version: u32,
    ntime: u32,
    nonce: u32,
) -> [u8; 80] {
    let mut header = [0u8; 80];
    header[0..4].copy_from_slice(&version.to_le_bytes());
    header[4..36].copy_from_slice(&tip.prev_hash);
    header[36..68].copy_from_slice(&merkle_root(&job.root, extranonce));
    header[68..72].copy_from_slice(&ntime.to_le_bytes());
    header[72..76].copy_from_slice(&tip.nbits.to_le_bytes());
    header[76..80].copy_from_slice(&nonce.to_le_bytes());
    header
}

pub fn meets(header: &[u8; 80], target: &U256) -> bool {
    let hash = sha256d::Hash::hash(header).to_byte_array();
    hash.iter().rev().le(target.iter().rev())
}

/// The first nonce from `start` on that meets the target, with the ntime that it belongs to.
pub fn find_share(
    job: &Job,
    tip: &Tip,
    extranonce: &[u8],
    target: &U256,
    start: u32,
) -> Option<(u32, u32)> {
    let ntime = job.min_ntime.unwrap_or(tip.min_ntime);
    let mut header = header(job, tip, extranonce, job.version, ntime, 0);
    for nonce in start..start.saturating_add(50_000_000) {
        header[76..80].copy_from_slice(&nonce.to_le_bytes());
        if meets(&header, target) {
            return Some((nonce, ntime));
        }
    }
    None
}
