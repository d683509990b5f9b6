//! The published libraries as a template provider for our client: it gives templates of a chain of
//! its own, and checks the blocks that come back.

use crate::block::{hash, header_of, without_witness, Template};
use crate::exchange::encode_again;
use crate::link::{debugged, Link, Outcome};
use crate::work::{meets, Tip, U256};
use common_messages_sv2::*;
use parsers_sv2::*;
use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};
use template_distribution_sv2::*;

const BLOCKS: u32 = 3;
const FIRST_HEIGHT: u32 = 100;
/// Regtest's: every second hash is a block.
const EASIEST_NBITS: u32 = 0x207f_ffff;

struct Provider {
    link: Link,
    height: u32,
    tip: U256,
    templates: HashMap<u64, (Template, Tip)>,
    last_id: u64,
    blocks: u32,
    requests: u32,
}

/// Whatever it is, the client has to take it as it comes.
fn transaction(height: u32) -> Vec<u8> {
    format!("a transaction that nobody has to understand, of height {height}").into_bytes()
}

fn target() -> U256 {
    let mut target = [0u8; 32];
    target[29..].copy_from_slice(&[0xff, 0xff, 0x7f]);
    target
}

impl Provider {
    fn send(&mut self, message: TemplateDistributionOwned) -> Outcome<()> {
        self.link.send(AnyMessageOwned::TemplateDistribution(message))
    }

    /// A future template and the tip that makes it present.
    fn send_work(&mut self) -> Outcome<()> {
        let commitment: Vec<u8> =
            [&[0u8; 8][..], &[38, 0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed], &[self.height as u8; 32]]
                .concat();
        let template = Template {
            version: 0x2000_0000,
            coinbase_version: 2,
            prefix: vec![1, self.height as u8],
            sequence: u32::MAX,
            value: 5_000_000_000,
            outputs_count: 1,
            outputs: commitment,
            locktime: 0,
            path: vec![hash(&transaction(self.height))],
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() as u32;
        let tip = Tip { prev_hash: self.tip, min_ntime: now, nbits: EASIEST_NBITS };
        self.last_id += 7;
        let template_id = self.last_id;
        let path = template.path.iter().map(|h| (*h).into()).collect();
        self.send(TemplateDistributionOwned::NewTemplate(NewTemplateOwned {
            template_id,
            future_template: true,
            version: template.version,
            coinbase_tx_version: template.coinbase_version,
            coinbase_prefix: template.prefix.clone().try_into().map_err(debugged)?,
            coinbase_tx_input_sequence: template.sequence,
            coinbase_tx_value_remaining: template.value,
            coinbase_tx_outputs_count: template.outputs_count,
            coinbase_tx_outputs: template.outputs.clone().try_into().map_err(debugged)?,
            coinbase_tx_locktime: template.locktime,
            merkle_path: binary_sv2::Seq0255Owned::new(path).map_err(debugged)?,
        }))?;
        self.send(TemplateDistributionOwned::SetNewPrevHash(
            template_distribution_sv2::SetNewPrevHashOwned {
                template_id,
                prev_hash: tip.prev_hash.into(),
                header_timestamp: tip.min_ntime,
                n_bits: tip.nbits,
                target: target().into(),
            },
        ))?;
        self.templates.insert(template_id, (template, tip));
        Ok(())
    }

    fn give_transactions(&mut self, template_id: u64) -> Outcome<()> {
        self.requests += 1;
        let Some((template, _)) = self.templates.get(&template_id) else {
            return self.send(TemplateDistributionOwned::RequestTransactionDataError(
                RequestTransactionDataErrorOwned {
                    template_id,
                    error_code: b"template-id-not-found".to_vec().try_into().map_err(debugged)?,
                },
            ));
        };
        let bytes = transaction(u32::from(template.prefix[1]));
        let list = vec![bytes.try_into().map_err(debugged)?];
        self.send(TemplateDistributionOwned::RequestTransactionDataSuccess(
            RequestTransactionDataSuccessOwned {
                template_id,
                excess_data: vec![0u8; 32].try_into().map_err(debugged)?,
                transaction_list: binary_sv2::Seq064KOwned::new(list).map_err(debugged)?,
            },
        ))
    }

    fn take_solution(&mut self, m: SubmitSolution) -> Outcome<()> {
        let (template, tip) =
            self.templates.get(&m.template_id).ok_or("a solution of an unknown template")?;
        if m.header_timestamp < tip.min_ntime {
            return Err("a solution before its tip's timestamp".into());
        }
        if (m.version ^ template.version) & !0x1fff_ffe0 != 0 {
            return Err("a solution with other version bits".into());
        }
        let coinbase = without_witness(m.coinbase_tx.as_bytes())
            .ok_or("a solution whose coinbase has no witness")?;
        let end = coinbase.len() - 4;
        if !coinbase[..end].ends_with(&template.outputs) {
            return Err("the template's outputs are not the last ones".into());
        }
        let header = header_of(
            &coinbase,
            &template.path,
            tip,
            m.version,
            m.header_timestamp,
            m.header_nonce,
        );
        if !meets(&header, &target()) {
            return Err("a solution that does not meet the target".into());
        }
        // A client that waits for its answer may send one again, for a tip that has gone.
        if tip.prev_hash != self.tip {
            return Ok(());
        }
        self.tip = hash(&header);
        self.height += 1;
        self.blocks += 1;
        self.send_work()
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
            AnyMessage::TemplateDistribution(TemplateDistribution::CoinbaseOutputConstraints(
                _,
            )) => self.send_work(),
            AnyMessage::TemplateDistribution(TemplateDistribution::RequestTransactionData(m)) => {
                self.give_transactions(m.template_id)
            }
            AnyMessage::TemplateDistribution(TemplateDistribution::SubmitSolution(m)) => {
                self.take_solution(m)
            }
            other => Err(format!("a client of templates does not send {other:?}").into()),
        }
    }
}

// The frame must be gone before the link, see pool.rs.
fn expect_setup(link: &mut Link) -> Outcome<()> {
    let mut frame = link.receive()?;
    let head = frame.header();
    match AnyMessage::try_from((head, frame.payload())).map_err(debugged)? {
        AnyMessage::Common(CommonMessages::SetupConnection(m))
            if m.protocol == Protocol::TemplateDistributionProtocol
                && m.min_version <= 2
                && m.max_version >= 2
                && m.flags == 0 => {}
        other => return Err(format!("not the SetupConnection of such a client: {other:?}").into()),
    }
    Ok(())
}

pub fn serve(mut link: Link) -> Outcome<()> {
    println!("step\thandshake");
    expect_setup(&mut link)?;
    link.send(AnyMessageOwned::Common(CommonMessagesOwned::SetupConnectionSuccess(
        SetupConnectionSuccess { used_version: 2, flags: 0 },
    )))?;
    println!("step\tSetupConnection, SetupConnection.Success");
    let mut provider = Provider {
        link,
        height: FIRST_HEIGHT,
        tip: [0x5a; 32],
        templates: HashMap::new(),
        last_id: 0,
        blocks: 0,
        requests: 0,
    };
    while provider.blocks < BLOCKS {
        provider.next()?;
    }
    // The last template's transactions, too: so the client has heard of its last block.
    while provider.requests <= BLOCKS {
        provider.next()?;
    }
    println!("step\tCoinbaseOutputConstraints, NewTemplate, SetNewPrevHash, RequestTransactionData, .Success, SubmitSolution: {BLOCKS} good blocks in a row");
    Ok(())
}
