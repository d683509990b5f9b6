//! Blocks of templates, as far as a test needs them.

use crate::work::{Job, Root, Tip, U256};
use bitcoin_hashes::{sha256d, Hash};

/// What NewTemplate says.
#[derive(Clone)]
pub struct Template {
    pub version: u32,
    pub coinbase_version: u32,
    pub prefix: Vec<u8>,
    pub sequence: u32,
    pub value: u64,
    pub outputs_count: u32,
    pub outputs: Vec<u8>,
    pub locktime: u32,
    pub path: Vec<U256>,
}

pub const EXTRANONCE: usize = 8;

impl Template {
    /// The coinbase without its witness, cut where the extranonce goes: one more output takes all
    /// the value.
    fn coinbase(&self) -> (Vec<u8>, Vec<u8>) {
        let mut before = self.coinbase_version.to_le_bytes().to_vec();
        before.push(1);
        before.extend([0u8; 32]);
        before.extend([0xff; 4]);
        before.push((self.prefix.len() + 1 + EXTRANONCE) as u8);
        before.extend(&self.prefix);
        before.push(EXTRANONCE as u8);
        let mut after = self.sequence.to_le_bytes().to_vec();
        after.push(self.outputs_count as u8 + 1);
        after.extend(self.value.to_le_bytes());
        after.extend([1, 0x51]);
        after.extend(&self.outputs);
        after.extend(self.locktime.to_le_bytes());
        (before, after)
    }

    pub fn job(&self) -> Job {
        let (before, after) = self.coinbase();
        let root = Root::FromCoinbase(before, after, self.path.clone());
        Job { version: self.version, min_ntime: None, root }
    }

    /// With the witness that goes with a commitment (BIP 141).
    pub fn coinbase_with_witness(&self, extranonce: &[u8]) -> Vec<u8> {
        let (before, after) = self.coinbase();
        let mut whole = before[..4].to_vec();
        whole.extend([0, 1]);
        whole.extend(&before[4..]);
        whole.extend(extranonce);
        whole.extend(&after[..after.len() - 4]);
        whole.extend([1, 32]);
        whole.extend([0u8; 32]);
        whole.extend(&after[after.len() - 4..]);
        whole
    }
}

/// A coinbase as it is hashed, from one with a witness as `coinbase_with_witness` makes it.
pub fn without_witness(coinbase: &[u8]) -> Option<Vec<u8>> {
    let end = coinbase.len().checked_sub(4)?;
    let witness = end.checked_sub(34)?;
    let marked = coinbase.get(4..6)? == [0, 1] && coinbase.get(witness..witness + 2)? == [1, 32];
    if !marked {
        return None;
    }
    Some([&coinbase[..4], &coinbase[6..witness], &coinbase[end..]].concat())
}

pub fn hash(bytes: &[u8]) -> U256 {
    sha256d::Hash::hash(bytes).to_byte_array()
}

/// A header whose merkle root comes of a coinbase without its witness.
pub fn header_of(
    coinbase: &[u8],
    path: &[U256],
    tip: &Tip,
    version: u32,
    ntime: u32,
    nonce: u32,
) -> [u8; 80] {
    let root = Root::FromCoinbase(coinbase.to_vec(), Vec::new(), path.to_vec());
    let job = Job { version, min_ntime: None, root };
    crate::work::header(&job, tip, &[], version, ntime, nonce)
}
