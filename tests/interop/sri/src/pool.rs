//! The published libraries as a pool for our miner: it sends every message that a pool has for a
//! miner, and checks that the shares are for the job, target and extranonce that it sent.

use crate::exchange::encode_again;
use crate::link::{debugged, Link, Outcome};
use crate::work::{header, meets, u256, Job, Root, Tip, U256};
use common_messages_sv2::*;
use mining_sv2::*;
use parsers_sv2::*;
use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

const GROUP: u32 = 1;
const PREFIX: [u8; 8] = *b"interop!";
const CHANGED_PREFIX: [u8; 8] = *b"changed!";
/// Shares of each channel before and after everything changes.
const SHARES: u32 = 3;

/// One in about 65,536 hashes, or a fourth of that.
fn target(is_easier: bool) -> U256 {
    let mut target = [0xff; 32];
    target[30] = 0;
    target[31] = 0;
    target[29] = if is_easier { 0xff } else { 0x3f };
    target
}

struct Channel {
    is_standard: bool,
    extranonce_prefix: Vec<u8>,
    extranonce_size: usize,
    jobs: HashMap<u32, Job>,
    target: U256,
    shares: u32,
    is_changed: bool,
}

struct Pool {
    link: Link,
    channels: HashMap<u32, Channel>,
    tip: Tip,
    next_id: u32,
}

fn coinbase_parts() -> (Vec<u8>, Vec<u8>) {
    // Any bytes do: the miner hashes them, nobody parses them.
    ((0..60).collect(), (60..120).collect())
}

impl Pool {
    fn send(&mut self, message: MiningOwned) -> Outcome<()> {
        self.link.send(AnyMessageOwned::Mining(message))
    }

    fn id(&mut self) -> u32 {
        self.next_id += 1;
        self.next_id
    }

    fn send_job(&mut self, channel_id: u32, min_ntime: Option<u32>) -> Outcome<u32> {
        let job_id = self.id();
        let option = binary_sv2::Sv2OptionOwned::new(min_ntime);
        let channel = self.channels.get_mut(&channel_id).ok_or("no channel")?;
        let version = 0x2000_0000;
        if channel.is_standard {
            let merkle_root = [job_id as u8; 32];
            let root = Root::Fixed(merkle_root);
            channel.jobs.insert(job_id, Job { version, min_ntime, root });
            self.send(MiningOwned::NewMiningJob(NewMiningJobOwned {
                channel_id,
                job_id,
                min_ntime: option,
                version,
                merkle_root: merkle_root.into(),
            }))?;
        } else {
            let (prefix, suffix) = coinbase_parts();
            let path = vec![[job_id as u8; 32], [7; 32]];
            let root = Root::FromCoinbase(prefix.clone(), suffix.clone(), path.clone());
            channel.jobs.insert(job_id, Job { version, min_ntime, root });
            let path = path.into_iter().map(Into::into).collect();
            self.send(MiningOwned::NewExtendedMiningJob(NewExtendedMiningJobOwned {
                channel_id,
                job_id,
                min_ntime: option,
                version,
                version_rolling_allowed: true,
                merkle_path: binary_sv2::Seq0255Owned::new(path).map_err(debugged)?,
                coinbase_tx_prefix: prefix.try_into().map_err(debugged)?,
                coinbase_tx_suffix: suffix.try_into().map_err(debugged)?,
            }))?;
        }
        Ok(job_id)
    }

    /// A future job and the tip that activates it.
    fn send_work(&mut self, channel_id: u32) -> Outcome<()> {
        let job_id = self.send_job(channel_id, None)?;
        let tip = self.tip;
        self.send(MiningOwned::SetNewPrevHash(mining_sv2::SetNewPrevHashOwned {
            channel_id,
            job_id,
            prev_hash: tip.prev_hash.into(),
            min_ntime: tip.min_ntime,
            nbits: tip.nbits,
        }))
    }

    fn open(&mut self, is_standard: bool, extranonce_size: usize) -> u32 {
        let id = self.id();
        let mut extranonce_prefix = PREFIX.to_vec();
        extranonce_prefix.push(id as u8);
        self.channels.insert(
            id,
            Channel {
                is_standard,
                extranonce_prefix,
                extranonce_size,
                jobs: HashMap::new(),
                target: target(true),
                shares: 0,
                is_changed: false,
            },
        );
        id
    }

    #[allow(clippy::too_many_arguments)]
    fn on_share(
        &mut self,
        id: u32,
        sequence: u32,
        job_id: u32,
        nonce: u32,
        ntime: u32,
        version: u32,
        rolled: &[u8],
    ) -> Outcome<()> {
        let tip = self.tip;
        let channel = self.channels.get_mut(&id).ok_or("a share for no channel")?;
        if rolled.len() != channel.extranonce_size {
            return Err(format!("{} rolled bytes", rolled.len()).into());
        }
        let job = channel.jobs.get(&job_id).ok_or("a share for no job")?;
        let mut extranonce = channel.extranonce_prefix.clone();
        extranonce.extend(rolled);
        if !meets(&header(job, &tip, &extranonce, version, ntime, nonce), &channel.target) {
            // What was under way when prefix or target changed may come late, nothing else.
            if !channel.is_changed {
                return Err("a share does not meet its target".into());
            }
            return self.send(MiningOwned::SubmitSharesError(SubmitSharesErrorOwned {
                channel_id: id,
                sequence_number: sequence,
                error_code: text("difficulty-too-low"),
            }));
        }
        channel.shares += 1;
        self.send(MiningOwned::SubmitSharesSuccess(SubmitSharesSuccess {
            channel_id: id,
            last_sequence_number: sequence,
            new_submits_accepted_count: 1,
            new_shares_sum: 1,
        }))
    }

    /// Everything that a pool may change under a miner.
    fn change(&mut self, id: u32) -> Outcome<()> {
        let channel = self.channels.get_mut(&id).ok_or("no channel")?;
        channel.is_changed = true;
        channel.shares = 0;
        channel.target = target(false);
        channel.jobs.clear();
        channel.extranonce_prefix = CHANGED_PREFIX.to_vec();
        channel.extranonce_prefix.push(id as u8);
        let prefix = channel.extranonce_prefix.clone();
        self.send(MiningOwned::SetTarget(SetTargetOwned {
            channel_id: id,
            maximum_target: target(false).into(),
        }))?;
        self.send(MiningOwned::SetExtranoncePrefix(SetExtranoncePrefixOwned {
            channel_id: id,
            extranonce_prefix: prefix.try_into().map_err(debugged)?,
        }))?;
        self.send_work(id)?;
        self.send_job(id, Some(self.tip.min_ntime)).map(|_| ())
    }

    fn handle(&mut self, message: Mining) -> Outcome<()> {
        match message {
            Mining::OpenStandardMiningChannel(m) => {
                let id = self.open(true, 0);
                let prefix = self.channels[&id].extranonce_prefix.clone();
                self.send(MiningOwned::OpenStandardMiningChannelSuccess(
                    OpenStandardMiningChannelSuccessOwned {
                        request_id: m.request_id,
                        channel_id: id,
                        target: target(true).into(),
                        extranonce_prefix: prefix.try_into().map_err(debugged)?,
                        group_channel_id: GROUP,
                    },
                ))?;
                self.send_work(id)
            }
            Mining::OpenExtendedMiningChannel(m) => {
                let size = m.min_extranonce_size.max(4);
                let id = self.open(false, size.into());
                let prefix = self.channels[&id].extranonce_prefix.clone();
                self.send(MiningOwned::OpenExtendedMiningChannelSuccess(
                    OpenExtendedMiningChannelSuccessOwned {
                        request_id: m.request_id,
                        channel_id: id,
                        target: target(true).into(),
                        extranonce_size: size,
                        extranonce_prefix: prefix.try_into().map_err(debugged)?,
                        group_channel_id: GROUP,
                    },
                ))?;
                self.send(MiningOwned::SetGroupChannel(SetGroupChannelOwned {
                    group_channel_id: GROUP,
                    channel_ids: binary_sv2::Seq064KOwned::new(vec![id]).map_err(debugged)?,
                }))?;
                self.send_work(id)
            }
            Mining::SubmitSharesStandard(m) => self.on_share(
                m.channel_id,
                m.sequence_number,
                m.job_id,
                m.nonce,
                m.ntime,
                m.version,
                &[],
            ),
            Mining::SubmitSharesExtended(m) => {
                let rolled = m.extranonce.as_bytes().to_vec();
                self.on_share(
                    m.channel_id,
                    m.sequence_number,
                    m.job_id,
                    m.nonce,
                    m.ntime,
                    m.version,
                    &rolled,
                )
            }
            Mining::UpdateChannel(m) => {
                self.send(MiningOwned::UpdateChannelError(UpdateChannelErrorOwned {
                    channel_id: m.channel_id,
                    error_code: text("invalid-nominal-hashrate"),
                }))
            }
            other => Err(format!("a miner does not send {other:?}").into()),
        }
    }

    fn next(&mut self) -> Outcome<()> {
        let mut frame = self.link.receive()?;
        let head = frame.header();
        let original = frame.as_bytes().to_vec();
        let mut copy = original[6..].to_vec();
        if encode_again(head, &mut copy)? != original {
            return Err(format!("message {:#04x} is not the same again", head.msg_type()).into());
        }
        match AnyMessage::try_from((head, frame.payload())).map_err(debugged)? {
            AnyMessage::Mining(message) => self.handle(message),
            other => Err(format!("not a mining message: {other:?}").into()),
        }
    }

    /// Until every one of `count` channels has its shares.
    fn wait_for_shares(&mut self, count: usize) -> Outcome<()> {
        while self.channels.len() < count || self.channels.values().any(|c| c.shares < SHARES) {
            self.next()?;
        }
        Ok(())
    }
}

fn text<T: TryFrom<Vec<u8>>>(value: &str) -> T
where
    T::Error: std::fmt::Debug,
{
    value.as_bytes().to_vec().try_into().expect("short")
}

// The frame must be gone before the link: their pool of buffers waits, when it is dropped, for every
// frame that it has given out.
fn expect_setup(link: &mut Link) -> Outcome<()> {
    let mut frame = link.receive()?;
    let head = frame.header();
    match AnyMessage::try_from((head, frame.payload())).map_err(debugged)? {
        AnyMessage::Common(CommonMessages::SetupConnection(m))
            if m.protocol == Protocol::MiningProtocol
                && m.min_version <= 2
                && m.max_version >= 2 => {}
        other => return Err(format!("not the SetupConnection of a miner: {other:?}").into()),
    }
    Ok(())
}

/// Expects a miner with one standard and one extended channel.
pub fn serve(mut link: Link) -> Outcome<()> {
    println!("step\thandshake");
    expect_setup(&mut link)?;
    link.send(AnyMessageOwned::Common(CommonMessagesOwned::SetupConnectionSuccess(
        SetupConnectionSuccess { used_version: 2, flags: 0 },
    )))?;
    println!("step\tSetupConnection, SetupConnection.Success");

    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() as u32;
    let tip = Tip { prev_hash: u256(&[0x5a; 32]), min_ntime: now, nbits: 0x1d00_ffff };
    let mut pool = Pool { link, channels: HashMap::new(), tip, next_id: GROUP };
    pool.wait_for_shares(2)?;
    println!("step\tboth channels open, {SHARES} good shares of each");

    let ids: Vec<u32> = pool.channels.keys().copied().collect();
    pool.tip.prev_hash = u256(&[0xa5; 32]);
    for id in &ids {
        pool.change(*id)?;
    }
    pool.wait_for_shares(2)?;
    println!(
        "step\tSetTarget, SetExtranoncePrefix, new tip, new job: {SHARES} good shares of each"
    );

    for id in &ids {
        pool.send(MiningOwned::CloseChannel(CloseChannelOwned {
            channel_id: *id,
            reason_code: text("interop is done with it"),
        }))?;
    }
    pool.link.send(AnyMessageOwned::Common(CommonMessagesOwned::Reconnect(ReconnectOwned {
        new_host: text(""),
        new_port: 0,
    })))?;
    println!("step\tCloseChannel, Reconnect");
    Ok(())
}
