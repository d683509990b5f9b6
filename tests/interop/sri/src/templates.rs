//! The published libraries as a client of our template distribution server: templates, tips,
//! transactions, and blocks that the server's chain accepts. Each frame that comes is decoded,
//! encoded again and compared.

use crate::block::{hash, Template, EXTRANONCE};
use crate::exchange::encode_again;
use crate::link::{debugged, Link, Outcome};
use crate::work::{find_share, header, u256, Tip, U256};
use common_messages_sv2::*;
use parsers_sv2::*;
use std::collections::{BTreeMap, HashMap};
use template_distribution_sv2::*;

const BLOCKS: usize = 3;

enum Heard {
    SetupSuccess,
    SetupError(String),
    Template,
    Tip,
    Transactions(u64, usize),
    Refused(u64, String),
}

struct Client {
    link: Link,
    templates: HashMap<u64, Template>,
    last_id: u64,
    is_future: bool,
    tip: Option<(u64, Tip, U256)>,
    received: BTreeMap<&'static str, usize>,
}

fn text<T: TryFrom<Vec<u8>>>(value: &str) -> T
where
    T::Error: std::fmt::Debug,
{
    value.as_bytes().to_vec().try_into().expect("short")
}

fn setup(protocol: Protocol) -> AnyMessageOwned {
    AnyMessageOwned::Common(CommonMessagesOwned::SetupConnection(SetupConnectionOwned {
        protocol,
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

fn constraints(size: u32, sigops: u16) -> TemplateDistributionOwned {
    TemplateDistributionOwned::CoinbaseOutputConstraints(CoinbaseOutputConstraints {
        coinbase_output_max_additional_size: size,
        coinbase_output_max_additional_sigops: sigops,
    })
}

impl Client {
    fn new(link: Link) -> Client {
        Client {
            link,
            templates: HashMap::new(),
            last_id: 0,
            is_future: false,
            tip: None,
            received: BTreeMap::new(),
        }
    }

    fn send(&mut self, message: TemplateDistributionOwned) -> Outcome<()> {
        self.link.send(AnyMessageOwned::TemplateDistribution(message))
    }

    fn receive(&mut self) -> Outcome<Heard> {
        let mut frame = self.link.receive()?;
        let head = frame.header();
        let original = frame.as_bytes().to_vec();
        let mut copy = original[6..].to_vec();
        if encode_again(head, &mut copy)? != original {
            return Err(format!("message {:#04x} is not the same again", head.msg_type()).into());
        }
        let (name, heard) = match AnyMessage::try_from((head, frame.payload())).map_err(debugged)? {
            AnyMessage::Common(CommonMessages::SetupConnectionSuccess(m)) => {
                if m.used_version != 2 || m.flags != 0 {
                    return Err("SetupConnection.Success has another version or flags".into());
                }
                ("SetupConnection.Success", Heard::SetupSuccess)
            }
            AnyMessage::Common(CommonMessages::SetupConnectionError(m)) => {
                let code = String::from_utf8_lossy(m.error_code.as_bytes()).into_owned();
                ("SetupConnection.Error", Heard::SetupError(code))
            }
            AnyMessage::TemplateDistribution(TemplateDistribution::NewTemplate(m)) => {
                if m.template_id <= self.last_id {
                    return Err("ids of templates do not grow".into());
                }
                self.last_id = m.template_id;
                self.is_future = m.future_template;
                self.templates.insert(
                    m.template_id,
                    Template {
                        version: m.version,
                        coinbase_version: m.coinbase_tx_version,
                        prefix: m.coinbase_prefix.as_bytes().to_vec(),
                        sequence: m.coinbase_tx_input_sequence,
                        value: m.coinbase_tx_value_remaining,
                        outputs_count: m.coinbase_tx_outputs_count,
                        outputs: m.coinbase_tx_outputs.as_bytes().to_vec(),
                        locktime: m.coinbase_tx_locktime,
                        path: m
                            .merkle_path
                            .into_inner()
                            .iter()
                            .map(|h| u256(h.as_bytes()))
                            .collect(),
                    },
                );
                ("NewTemplate", Heard::Template)
            }
            AnyMessage::TemplateDistribution(TemplateDistribution::SetNewPrevHash(m)) => {
                if !self.templates.contains_key(&m.template_id) {
                    return Err("a tip for a template that was not sent".into());
                }
                let tip = Tip {
                    prev_hash: u256(m.prev_hash.as_bytes()),
                    min_ntime: m.header_timestamp,
                    nbits: m.n_bits,
                };
                self.tip = Some((m.template_id, tip, u256(m.target.as_bytes())));
                ("SetNewPrevHash", Heard::Tip)
            }
            AnyMessage::TemplateDistribution(
                TemplateDistribution::RequestTransactionDataSuccess(m),
            ) => {
                let count = m.transaction_list.into_inner().len();
                ("RequestTransactionData.Success", Heard::Transactions(m.template_id, count))
            }
            AnyMessage::TemplateDistribution(
                TemplateDistribution::RequestTransactionDataError(m),
            ) => {
                let code = String::from_utf8_lossy(m.error_code.as_bytes()).into_owned();
                ("RequestTransactionData.Error", Heard::Refused(m.template_id, code))
            }
            other => return Err(format!("not for a client of templates: {other:?}").into()),
        };
        *self.received.entry(name).or_default() += 1;
        Ok(heard)
    }

    /// Until the tip is another one than `before`.
    fn wait_for_tip(&mut self, before: Option<U256>) -> Outcome<U256> {
        loop {
            if let Heard::Tip = self.receive()? {
                let (id, tip, _) = self.tip.as_ref().ok_or("no tip")?;
                if *id != self.last_id || !self.is_future {
                    return Err("a tip must name the future template before it".into());
                }
                if Some(tip.prev_hash) != before {
                    return Ok(tip.prev_hash);
                }
            }
        }
    }

    fn ask_for_transactions(&mut self, template_id: u64) -> Outcome<Heard> {
        self.send(TemplateDistributionOwned::RequestTransactionData(RequestTransactionData {
            template_id,
        }))?;
        loop {
            let heard = self.receive()?;
            if matches!(heard, Heard::Transactions(..) | Heard::Refused(..)) {
                return Ok(heard);
            }
        }
    }

    /// Solves the template of the tip and has the next tip be that block.
    fn find_block(&mut self, number: u64) -> Outcome<()> {
        let (template_id, tip, target) = *self.tip.as_ref().ok_or("no tip")?;
        let template = self.templates[&template_id].clone();
        let extranonce = (0x5000_0000 + number).to_le_bytes();
        assert_eq!(extranonce.len(), EXTRANONCE);
        let job = template.job();
        let (nonce, ntime) = find_share(&job, &tip, &extranonce, &target, 0)
            .ok_or("no block in 50 million hashes")?;
        let block = hash(&header(&job, &tip, &extranonce, job.version, ntime, nonce));
        self.send(TemplateDistributionOwned::SubmitSolution(SubmitSolutionOwned {
            template_id,
            version: job.version,
            header_timestamp: ntime,
            header_nonce: nonce,
            coinbase_tx: template
                .coinbase_with_witness(&extranonce)
                .try_into()
                .map_err(debugged)?,
        }))?;
        if self.wait_for_tip(Some(tip.prev_hash))? != block {
            return Err("the next tip is not the block that was submitted".into());
        }
        Ok(())
    }
}

fn step(what: &str) {
    println!("step\t{what}");
}

pub fn follow(address: &str, authority: &str) -> Outcome<()> {
    let mut client = Client::new(Link::connect(address, authority)?);
    step("handshake, with the certificate checked against the authority's key");
    client.link.send(setup(Protocol::TemplateDistributionProtocol))?;
    if !matches!(client.receive()?, Heard::SetupSuccess) {
        return Err("no SetupConnection.Success".into());
    }
    client.send(constraints(43, 0))?;
    client.wait_for_tip(None)?;
    step("SetupConnection, .Success, CoinbaseOutputConstraints, NewTemplate, SetNewPrevHash");

    let (template_id, ..) = *client.tip.as_ref().ok_or("no tip")?;
    match client.ask_for_transactions(template_id)? {
        Heard::Transactions(id, count) if id == template_id && count > 0 => {}
        _ => return Err("no transactions of the template".into()),
    }
    match client.ask_for_transactions(u64::MAX)? {
        Heard::Refused(u64::MAX, code) if code == "template-id-not-found" => {}
        _ => return Err("no error for a template that does not exist".into()),
    }
    step("RequestTransactionData, .Success, and .Error for a template that does not exist");

    for number in 0..BLOCKS {
        client.find_block(number as u64)?;
    }
    step(&format!("SubmitSolution, {BLOCKS} times, each block the next SetNewPrevHash's"));

    let mut greedy = Client::new(Link::connect(address, authority)?);
    greedy.link.send(setup(Protocol::TemplateDistributionProtocol))?;
    if !matches!(greedy.receive()?, Heard::SetupSuccess) {
        return Err("no second connection".into());
    }
    greedy.send(constraints(4_000_000, 0))?;
    if greedy.receive().is_ok() {
        return Err("templates for constraints that nothing can meet".into());
    }
    step("CoinbaseOutputConstraints of 4,000,000 bytes end the connection");

    let mut miner = Client::new(Link::connect(address, authority)?);
    miner.link.send(setup(Protocol::MiningProtocol))?;
    match miner.receive()? {
        Heard::SetupError(code) if code == "unsupported-protocol" => {}
        _ => return Err("a miner was not refused".into()),
    }
    step("SetupConnection.Error for a miner");

    for (name, count) in &client.received {
        println!("received\t{name}\t{count}");
    }
    Ok(())
}
