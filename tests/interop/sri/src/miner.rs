//! The published libraries as a miner of a real pool of ours: opens both kinds of channel, has
//! shares accepted and rejected, and provokes every answer that the gateway has for a miner. Each
//! frame that comes is decoded, encoded again and compared.

use crate::exchange::{append_tlvs, encode, encode_again, WORKER_EXTENSION, WORKER_FIELD};
use crate::link::{debugged, Link, Outcome};
use crate::work::{find_share, u256, Job, Jobs, Root, Tip, U256};
use codec_sv2::SerializedFrame;
use common_messages_sv2::*;
use extensions_sv2::*;
use mining_sv2::*;
use parsers_sv2::*;
use std::collections::{BTreeMap, HashMap};

const EASIEST: [u8; 32] = [0xff; 32];
/// Nobody has such a channel, nor such a job.
const NOBODY: u32 = 0x7fff_fff0;

struct Channel {
    extranonce: Vec<u8>,
    /// How much of the end of the extranonce a share names.
    rolled: usize,
    target: U256,
    jobs: Jobs,
}

struct Miner {
    link: Link,
    channels: HashMap<u32, Channel>,
    groups: HashMap<u32, Vec<u32>>,
    received: BTreeMap<String, usize>,
    sequence: u32,
    /// Goes with each share of an extended channel, by extension 0x0002.
    worker: Option<&'static str>,
}

fn payload_name(message: &AnyMessage) -> String {
    let text = format!("{message:?}");
    // AnyMessage(Family(Name(Struct { .. })))
    text.split('(').nth(if text.starts_with("Extensions") { 2 } else { 1 }).unwrap_or("?").into()
}

impl Miner {
    fn send_mining(&mut self, message: MiningOwned) -> Outcome<()> {
        self.link.send(AnyMessageOwned::Mining(message))
    }

    /// The next frame, compared with what comes of decoding and encoding it; work is kept.
    fn receive(&mut self) -> Outcome<(String, SerializedFrame)> {
        let mut frame = self.link.receive()?;
        let header = frame.header();
        let original = frame.as_bytes().to_vec();
        let mut copy = original[6..].to_vec();
        let again = encode_again(header, &mut copy)?;
        if again != original {
            return Err(format!("message {:#04x} is not the same again", header.msg_type()).into());
        }
        let message = AnyMessage::try_from((header, frame.payload())).map_err(debugged)?;
        let name = payload_name(&message);
        if let AnyMessage::Mining(message) = message {
            self.keep(message);
        }
        *self.received.entry(name.clone()).or_default() += 1;
        Ok((name, frame))
    }

    fn keep(&mut self, message: Mining) {
        match message {
            Mining::OpenStandardMiningChannelSuccess(m) => self.open(
                m.channel_id,
                m.group_channel_id,
                m.extranonce_prefix.as_bytes(),
                0,
                m.target.as_bytes(),
            ),
            Mining::OpenExtendedMiningChannelSuccess(m) => self.open(
                m.channel_id,
                m.group_channel_id,
                m.extranonce_prefix.as_bytes(),
                m.extranonce_size as usize,
                m.target.as_bytes(),
            ),
            Mining::NewMiningJob(m) => {
                let (id, job_id) = (m.channel_id, m.job_id);
                let root = Root::Fixed(u256(m.merkle_root.as_bytes()));
                let job = Job { version: m.version, min_ntime: m.min_ntime.into_inner(), root };
                self.each(id, |channel| channel.jobs.add(job_id, job.clone()));
            }
            Mining::NewExtendedMiningJob(m) => {
                let (id, job_id) = (m.channel_id, m.job_id);
                let path = m.merkle_path.into_inner().iter().map(|h| u256(h.as_bytes())).collect();
                let root = Root::FromCoinbase(
                    m.coinbase_tx_prefix.as_bytes().to_vec(),
                    m.coinbase_tx_suffix.as_bytes().to_vec(),
                    path,
                );
                let job = Job { version: m.version, min_ntime: m.min_ntime.into_inner(), root };
                self.each(id, |channel| channel.jobs.add(job_id, job.clone()));
            }
            Mining::SetNewPrevHash(m) => {
                let tip = Tip {
                    prev_hash: u256(m.prev_hash.as_bytes()),
                    min_ntime: m.min_ntime,
                    nbits: m.nbits,
                };
                self.each(m.channel_id, |channel| channel.jobs.set_tip(m.job_id, tip));
            }
            Mining::SetTarget(m) => {
                let target = u256(m.maximum_target.as_bytes());
                self.each(m.channel_id, |channel| channel.target = target);
            }
            _ => {}
        }
    }

    fn open(&mut self, id: u32, group: u32, prefix: &[u8], rolled: usize, target: &[u8]) {
        let mut extranonce = prefix.to_vec();
        extranonce.resize(prefix.len() + rolled, 0);
        let target = u256(target);
        let channel = Channel { extranonce, rolled, target, jobs: Jobs::default() };
        self.channels.insert(id, channel);
        self.groups.entry(group).or_default().push(id);
    }

    /// For the channel with this id, or for each of the group.
    fn each(&mut self, id: u32, mut act: impl FnMut(&mut Channel)) {
        let ids = self.groups.get(&id).cloned().unwrap_or_else(|| vec![id]);
        for id in ids {
            if let Some(channel) = self.channels.get_mut(&id) {
                act(channel);
            }
        }
    }

    /// Reads until the message comes; whatever else comes is kept.
    fn expect(&mut self, wanted: &str) -> Outcome<SerializedFrame> {
        for _ in 0..10_000 {
            let (name, mut frame) = self.receive()?;
            if name == wanted {
                return Ok(frame);
            }
            let is_refusal = name.ends_with("Error");
            if is_refusal {
                let text = String::from_utf8_lossy(frame.payload()).into_owned();
                return Err(format!("{name} instead of {wanted}: {text:?}").into());
            }
        }
        Err(format!("no {wanted}").into())
    }

    fn wait_for_work(&mut self, id: u32) -> Outcome<()> {
        while self.channels.get(&id).ok_or("no channel")?.jobs.active().is_none() {
            self.receive()?;
        }
        Ok(())
    }

    fn submit_share(&mut self, id: u32) -> Outcome<()> {
        self.wait_for_work(id)?;
        // Never the same share twice.
        let start = self.sequence << 24;
        let channel = &self.channels[&id];
        let (job_id, job, tip) = channel.jobs.active().ok_or("no job")?;
        let (nonce, ntime) = find_share(&job, &tip, &channel.extranonce, &channel.target, start)
            .ok_or("no share in 50 million hashes")?;
        let rolled = channel.extranonce[channel.extranonce.len() - channel.rolled..].to_vec();
        self.submit(id, job_id, rolled, nonce, ntime, job.version)
    }

    fn submit(
        &mut self,
        channel_id: u32,
        job_id: u32,
        rolled: Vec<u8>,
        nonce: u32,
        ntime: u32,
        version: u32,
    ) -> Outcome<()> {
        self.sequence += 1;
        let sequence_number = self.sequence;
        let message = if rolled.is_empty() {
            MiningOwned::SubmitSharesStandard(SubmitSharesStandard {
                channel_id,
                sequence_number,
                job_id,
                nonce,
                ntime,
                version,
            })
        } else {
            let extranonce = rolled.try_into().map_err(debugged)?;
            MiningOwned::SubmitSharesExtended(SubmitSharesExtendedOwned {
                channel_id,
                sequence_number,
                job_id,
                nonce,
                ntime,
                version,
                extranonce,
            })
        };
        let Some(worker) = self.worker else { return self.send_mining(message) };
        let mut frame = encode(AnyMessageOwned::Mining(message))?;
        let tlv = Tlv::new(WORKER_EXTENSION, WORKER_FIELD, worker.as_bytes().to_vec());
        append_tlvs(&mut frame, &[tlv])?;
        self.link.send_bytes(frame)
    }

    fn tell_received(&self) {
        for (name, count) in &self.received {
            println!("received\t{name}\t{count}");
        }
    }

    /// One accepted share, with a second chance where the tip changed while it was sought.
    fn have_a_share_accepted(&mut self, id: u32) -> Outcome<()> {
        for _ in 0..5 {
            self.submit_share(id)?;
            loop {
                let (name, mut frame) = self.receive()?;
                if name == "SubmitSharesSuccess" {
                    return Ok(());
                }
                if name == "SubmitSharesError" {
                    let text = String::from_utf8_lossy(&frame.payload()[9..]).into_owned();
                    if text != "stale-share" {
                        return Err(format!("a share is refused: {text}").into());
                    }
                    break;
                }
            }
        }
        Err("five stale shares in a row".into())
    }
}

fn text<T: TryFrom<Vec<u8>>>(value: &str) -> T
where
    T::Error: std::fmt::Debug,
{
    value.as_bytes().to_vec().try_into().expect("short")
}

fn setup() -> AnyMessageOwned {
    AnyMessageOwned::Common(CommonMessagesOwned::SetupConnection(SetupConnectionOwned {
        protocol: Protocol::MiningProtocol,
        min_version: 2,
        max_version: 2,
        flags: 0,
        endpoint_host: text("127.0.0.1"),
        endpoint_port: 0,
        vendor: text("interop"),
        hardware_version: text("1"),
        firmware: text("1"),
        device_id: text(""),
    }))
}

fn step(what: &str) {
    println!("step\t{what}");
}

/// A miner that is set up.
fn set_up(link: Link) -> Outcome<Miner> {
    let mut miner = Miner {
        link,
        channels: HashMap::new(),
        groups: HashMap::new(),
        received: BTreeMap::new(),
        sequence: 0,
        worker: None,
    };
    miner.link.send(setup())?;
    miner.expect("SetupConnectionSuccess")?;
    Ok(miner)
}

fn open_extended(miner: &mut Miner, request_id: u32) -> Outcome<u32> {
    let before: Vec<u32> = miner.channels.keys().copied().collect();
    miner.send_mining(MiningOwned::OpenExtendedMiningChannel(OpenExtendedMiningChannelOwned {
        request_id,
        user_identity: text("interop.extended"),
        nominal_hash_rate: 1e5,
        max_target: EASIEST.into(),
        min_extranonce_size: 4,
    }))?;
    miner.expect("OpenExtendedMiningChannelSuccess")?;
    let opened = miner.channels.keys().find(|id| !before.contains(id));
    Ok(*opened.ok_or("no channel")?)
}

/// Asks for extensions: one that nobody has, then the one that names workers, whose TLV then goes
/// with a share if the server agrees.
pub fn negotiate(link: Link) -> Outcome<()> {
    let mut miner = set_up(link)?;
    let answer_to = |miner: &mut Miner, request_id: u16, extension: u16| -> Outcome<String> {
        let requested = binary_sv2::Seq064KOwned::new(vec![extension]).map_err(debugged)?;
        miner.link.send(AnyMessageOwned::Extensions(ExtensionsOwned::ExtensionsNegotiation(
            ExtensionsNegotiationOwned::RequestExtensions(RequestExtensionsOwned {
                request_id,
                requested_extensions: requested,
            }),
        )))?;
        let (name, _) = miner.receive()?;
        Ok(name)
    };
    let refused = answer_to(&mut miner, 1, 0x7abc)?;
    if refused != "RequestExtensionsError" {
        return Err(format!("{refused} for an extension that nobody has").into());
    }
    step("RequestExtensions, .Error for an extension that nobody has");
    let answer = answer_to(&mut miner, 2, WORKER_EXTENSION)?;
    step(&format!("RequestExtensions for workers' names, {answer}"));
    if answer == "RequestExtensionsSuccess" {
        miner.worker = Some("worker.7");
        let channel = open_extended(&mut miner, 1)?;
        miner.have_a_share_accepted(channel)?;
        step("SubmitSharesExtended with a worker's name, SubmitShares.Success");
    }
    miner.tell_received();
    Ok(())
}

pub fn mine(link: Link) -> Outcome<()> {
    step("handshake, with the certificate checked against the authority's key");
    let mut miner = set_up(link)?;
    step("SetupConnection, SetupConnection.Success");

    miner.send_mining(MiningOwned::OpenStandardMiningChannel(OpenStandardMiningChannelOwned {
        request_id: 1,
        user_identity: text("interop.standard"),
        nominal_hash_rate: 1e5,
        max_target: EASIEST.into(),
    }))?;
    miner.expect("OpenStandardMiningChannelSuccess")?;
    let standard = *miner.channels.keys().next().ok_or("no channel")?;
    miner.have_a_share_accepted(standard)?;
    step("OpenStandardMiningChannel, .Success, NewMiningJob, SetNewPrevHash, SubmitSharesStandard, SubmitShares.Success");

    let extended = open_extended(&mut miner, 2)?;
    miner.have_a_share_accepted(extended)?;
    step("OpenExtendedMiningChannel, .Success, NewExtendedMiningJob, SubmitSharesExtended, SubmitShares.Success");

    miner.submit(standard, NOBODY, Vec::new(), 0, 0, 0)?;
    miner.expect("SubmitSharesError")?;
    step("SubmitShares.Error");

    // Half of what it is: that alone the server has to answer.
    let mut smaller = miner.channels[&standard].target;
    for at in 0..32 {
        let carried = smaller.get(at + 1).map_or(0, |above| above << 7);
        smaller[at] = smaller[at] >> 1 | carried;
    }
    let update = |channel_id| {
        MiningOwned::UpdateChannel(UpdateChannelOwned {
            channel_id,
            nominal_hash_rate: 1e5,
            maximum_target: smaller.into(),
        })
    };
    miner.send_mining(update(standard))?;
    miner.expect("SetTarget")?;
    step("UpdateChannel, SetTarget");
    miner.send_mining(update(NOBODY))?;
    miner.expect("UpdateChannelError")?;
    step("UpdateChannel.Error");

    miner.send_mining(MiningOwned::OpenStandardMiningChannel(OpenStandardMiningChannelOwned {
        request_id: 3,
        user_identity: text("interop.impossible"),
        nominal_hash_rate: 1e5,
        max_target: [0u8; 32].into(),
    }))?;
    miner.expect("OpenMiningChannelError")?;
    step("OpenMiningChannel.Error");

    miner.send_mining(MiningOwned::CloseChannel(CloseChannelOwned {
        channel_id: standard,
        reason_code: text("interop is done with it"),
    }))?;
    miner.channels.remove(&standard);
    miner.have_a_share_accepted(extended)?;
    step("CloseChannel of one channel; the other goes on");

    miner.tell_received();
    Ok(())
}
