//! Every message in both directions, each decoded and encoded again by the other end.
//!
//! Lines on stdout, separated by tabs: `same` or `differs`, `sent` or `received`, message, variant,
//! and what differs.

use crate::link::{debugged, Link, Outcome};
use crate::sample;
use codec_sv2::MessageFrame;
use framing_sv2::framing::EncodableFrame;
use framing_sv2::header::Header;
use parsers_sv2::{parse_message_frame_with_tlvs, AnyMessage, AnyMessageOwned, Tlv};
use std::collections::HashMap;

/// Frames of the exchange itself: an extension that nobody has.
const CONTROL: u16 = 0x7fff;
const DONE: u8 = 0;
const REFUSED: u8 = 1;

pub const WORKER_EXTENSION: u16 = 0x0002;
pub const WORKER_FIELD: u8 = 0x01;

fn control(message_type: u8, payload: &[u8]) -> Vec<u8> {
    let size = (payload.len() as u32).to_le_bytes();
    let mut frame = CONTROL.to_le_bytes().to_vec();
    frame.extend([message_type, size[0], size[1], size[2]]);
    frame.extend(payload);
    frame
}

pub fn encode(message: AnyMessageOwned) -> Outcome<Vec<u8>> {
    let frame = MessageFrame::try_from(message).map_err(debugged)?;
    let mut bytes = vec![0u8; frame.encoded_length()];
    frame.encode_into(&mut bytes).map_err(debugged)?;
    Ok(bytes)
}

/// Decodes a frame and encodes what came of it.
pub fn encode_again(header: Header, payload: &mut [u8]) -> Outcome<Vec<u8>> {
    let (message, tlvs) =
        parse_message_frame_with_tlvs(header, payload, &[WORKER_EXTENSION]).map_err(debugged)?;
    let frame = MessageFrame::<AnyMessage>::try_from(message).map_err(debugged)?;
    let mut bytes = vec![0u8; frame.encoded_length()];
    frame.encode_into(&mut bytes).map_err(debugged)?;
    append_tlvs(&mut bytes, &tlvs.unwrap_or_default())?;
    Ok(bytes)
}

pub fn append_tlvs(frame: &mut Vec<u8>, tlvs: &[Tlv]) -> Outcome<()> {
    for tlv in tlvs {
        frame.extend(tlv.encode().map_err(debugged)?);
    }
    let size = ((frame.len() - Header::SIZE) as u32).to_le_bytes();
    frame[3..6].copy_from_slice(&size[..3]);
    Ok(())
}

/// All samples as frames: name, variant, bytes. The last one is a share with a worker's TLV.
fn frames() -> Outcome<Vec<(&'static str, usize, Vec<u8>)>> {
    let mut all = Vec::new();
    for variant in 0..sample::VARIANTS {
        for (name, message) in sample::messages(variant) {
            all.push((name, variant, encode(message)?));
        }
    }
    let share =
        all.iter().find(|(name, variant, _)| *name == "SubmitSharesExtended" && *variant == 1);
    let mut with_worker = share.ok_or("no share")?.2.clone();
    let worker = Tlv::new(WORKER_EXTENSION, WORKER_FIELD, b"worker.7".to_vec());
    append_tlvs(&mut with_worker, &[worker])?;
    all.push(("SubmitSharesExtended", sample::VARIANTS, with_worker));
    Ok(all)
}

fn difference(ours: &[u8], theirs: &[u8]) -> String {
    if ours.len() >= 6 && theirs.len() >= 6 && ours[1] & 0x80 != theirs[1] & 0x80 {
        return format!("channel bit {} for our {}", theirs[1] >> 7, ours[1] >> 7);
    }
    match ours.iter().zip(theirs).position(|(a, b)| a != b) {
        Some(at) => format!("byte {at} is {:02x} for our {:02x}", theirs[at], ours[at]),
        None => format!("{} bytes for our {}", theirs.len(), ours.len()),
    }
}

fn tell(direction: &str, name: &str, variant: usize, difference: Option<String>) {
    match difference {
        None => println!("same\t{direction}\t{name}\t{variant}\t"),
        Some(what) => println!("differs\t{direction}\t{name}\t{variant}\t{what}"),
    }
}

/// Sends every sample and expects each back.
pub fn produce(link: &mut Link) -> Outcome<()> {
    for (name, variant, frame) in frames()? {
        link.send_bytes(frame.clone())?;
        let mut echo = link.receive()?;
        let header = echo.header();
        let what = if header.ext_type_without_channel_msg() == CONTROL {
            Some(format!("refused: {}", String::from_utf8_lossy(echo.payload())))
        } else if echo.as_bytes() != frame {
            Some(difference(&frame, echo.as_bytes()))
        } else {
            None
        };
        tell("sent", name, variant, what);
    }
    link.send_bytes(control(DONE, &[]))
}

/// Answers each message with what was understood of it, until the other end is done.
pub fn reproduce(link: &mut Link) -> Outcome<()> {
    let ours: HashMap<(u16, u8, usize), (&str, Vec<u8>)> = frames()?
        .into_iter()
        .map(|(name, variant, frame)| {
            let extension = u16::from_le_bytes([frame[0], frame[1]]) & 0x7fff;
            ((extension, frame[2], variant), (name, frame))
        })
        .collect();
    let mut seen: HashMap<(u16, u8), usize> = HashMap::new();
    loop {
        let mut frame = link.receive()?;
        let header = frame.header();
        let kind = (header.ext_type_without_channel_msg(), header.msg_type());
        if kind == (CONTROL, DONE) {
            return Ok(());
        }
        let variant = seen.entry(kind).or_default();
        let bytes = frame.as_bytes().to_vec();
        match ours.get(&(kind.0, kind.1, *variant)) {
            None => println!("differs\treceived\t{kind:?}\t{variant}\tunknown here"),
            Some((name, own)) => {
                tell("received", name, *variant, (*own != bytes).then(|| difference(own, &bytes)))
            }
        }
        *variant += 1;
        match encode_again(header, frame.payload()) {
            Ok(again) => link.send_bytes(again)?,
            Err(why) => link.send_bytes(control(REFUSED, why.to_string().as_bytes()))?,
        }
    }
}
