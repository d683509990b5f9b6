//! What the benchmarks of libs/noise and libs/sv2 measure, by the published libraries: a line
//! `name TAB nanoseconds` for each repetition. CPU time, since other programs may be running.
//!
//! usage: sri-bench REPETITIONS SECONDS [PREFIX...]

use codec_sv2::{
    Decoded, Decoder, Decrypted, Encoder, Handshake, MessageFrame, NoiseDecoder, NoiseEncoder,
};
use mining_sv2::{SubmitSharesExtended, SubmitSharesExtendedOwned};
use noise_sv2::{Initiator, NoiseEngine, Responder};
use secp256k1::{Keypair, Secp256k1, XOnlyPublicKey};
use std::hint::black_box;
use std::time::Duration;

const SHARE_TYPE: u8 = 0x1b;
/// Of a frame, and of a SubmitSharesExtended with 8 bytes of extranonce.
const HEADER_SIZE: usize = 6;
const SHARE_SIZE: usize = 33;
const VALIDITY_SECONDS: u32 = 3600;

fn cpu_time() -> Duration {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the kernel fills the structure that it is given.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut now) };
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

struct Bench {
    repetitions: usize,
    duration: Duration,
    prefixes: Vec<String>,
}

impl Bench {
    fn wants(&self, name: &str) -> bool {
        self.prefixes.is_empty() || self.prefixes.iter().any(|p| name.starts_with(p.as_str()))
    }

    /// `run(n)` does it n times and says how long that took.
    fn measure(&self, name: &str, mut run: impl FnMut(u64) -> Duration) {
        if !self.wants(name) {
            return;
        }
        let mut count = 1;
        while run(count) < self.duration / 4 {
            count *= 2;
        }
        for _ in 0..self.repetitions {
            let took = run(count * 4);
            println!("{name}\t{:.2}", took.as_nanos() as f64 / (count * 4) as f64);
        }
    }

    fn each(&self, name: &str, mut act: impl FnMut()) {
        self.measure(name, |count| {
            let started = cpu_time();
            for _ in 0..count {
                act();
            }
            cpu_time() - started
        });
    }
}

fn authority() -> (Keypair, XOnlyPublicKey) {
    let secp = Secp256k1::new();
    let pair = Keypair::new(&secp, &mut rand::thread_rng());
    (pair, pair.x_only_public_key().0)
}

fn engines() -> (NoiseEngine, NoiseEngine) {
    let (pair, public) = authority();
    let mut initiator = Initiator::new(Some(public));
    let mut responder = Responder::new(pair, VALIDITY_SECONDS);
    let first = initiator.step_0().unwrap();
    let (second, theirs) = responder.step_1(first).unwrap();
    (initiator.step_2(second).unwrap(), theirs)
}

fn noise(bench: &Bench) {
    let (pair, public) = authority();
    bench.each("noise/handshake", || {
        let mut initiator = Initiator::new(Some(public));
        let mut responder = Responder::new(pair, VALIDITY_SECONDS);
        let first = initiator.step_0().unwrap();
        let (second, theirs) = responder.step_1(first).unwrap();
        black_box((initiator.step_2(second).unwrap(), theirs));
    });
    // Without making the keys: what the libraries publish of themselves.
    bench.measure("noise/handshake_keys_made", |count| {
        let mut took = Duration::ZERO;
        for _ in 0..count {
            let mut initiator = Initiator::new(Some(public));
            let mut responder = Responder::new(pair, VALIDITY_SECONDS);
            let started = cpu_time();
            let first = initiator.step_0().unwrap();
            let (second, theirs) = responder.step_1(first).unwrap();
            black_box((initiator.step_2(second).unwrap(), theirs));
            took += cpu_time() - started;
        }
        took
    });
    // All that a server does for one connection.
    let first = Initiator::new(Some(public)).step_0().unwrap();
    bench.each("noise/responder", || {
        let mut responder = Responder::new(pair, VALIDITY_SECONDS);
        black_box(responder.step_1(first).unwrap());
    });
    bench.measure("noise/responder_step_1", |count| {
        let mut took = Duration::ZERO;
        for _ in 0..count {
            let mut responder = Responder::new(pair, VALIDITY_SECONDS);
            let started = cpu_time();
            black_box(responder.step_1(first).unwrap());
            took += cpu_time() - started;
        }
        took
    });
    let (mut initiator, mut responder) = engines();
    let mut message = Vec::with_capacity(128);
    bench.each("noise/round_trip_64", || {
        message.clear();
        message.resize(64, 0u8);
        initiator.encrypt(&mut message).unwrap();
        responder.decrypt(&mut message).unwrap();
        responder.encrypt(&mut message).unwrap();
        initiator.decrypt(&mut message).unwrap();
        black_box(&message);
    });
    // A frame is a header and a payload, sealed one after the other.
    let (mut header, mut payload) = (Vec::with_capacity(64), Vec::with_capacity(128));
    bench.each("noise/seal_open_share", || {
        for (part, size) in [(&mut header, HEADER_SIZE), (&mut payload, SHARE_SIZE)] {
            part.clear();
            part.resize(size, 0u8);
            initiator.encrypt(part).unwrap();
            responder.decrypt(part).unwrap();
            black_box(&part);
        }
    });
}

fn share() -> SubmitSharesExtendedOwned {
    SubmitSharesExtendedOwned {
        channel_id: 7,
        sequence_number: 1,
        job_id: 1,
        nonce: 0x1234_5678,
        ntime: 0x680b_69e1,
        version: 0x2000_0020,
        extranonce: vec![0u8; 8].try_into().unwrap(),
    }
}

/// The share as a frame that borrows its extranonce, as a client that cares would send it.
fn frame<'a>(extranonce: &'a [u8; 8]) -> MessageFrame<SubmitSharesExtended<'a>> {
    let message = SubmitSharesExtended {
        channel_id: 7,
        sequence_number: 1,
        job_id: 1,
        nonce: 0x1234_5678,
        ntime: 0x680b_69e1,
        version: 0x2000_0020,
        extranonce: (&extranonce[..]).try_into().unwrap(),
    };
    MessageFrame::from_message(message, SHARE_TYPE, 0, true).unwrap()
}

fn sealed_share(bench: &Bench) {
    let (pair, public) = authority();
    let initiator = Handshake::initiator(Initiator::new(Some(public)));
    let responder = Handshake::responder(Responder::new(pair, VALIDITY_SECONDS));
    let (first, initiator) = initiator.step_0().unwrap();
    let (second, theirs) = responder.step_1(first.payload().try_into().unwrap()).unwrap();
    let (mut sealing, _) = initiator.step_2(second.payload().try_into().unwrap()).unwrap().split();
    let mut opening = Some(theirs.split().1);
    let (mut encoder, mut decoder) = (NoiseEncoder::new(), NoiseDecoder::new());
    let extranonce = [0u8; 8];
    bench.each("noise/sealed_share", || {
        let sealed = encoder.encode_transport(frame(&extranonce), &mut sealing).unwrap();
        let mut rest: &[u8] = sealed.as_ref();
        loop {
            let writable = decoder.writable();
            let (now, later) = rest.split_at(writable.len());
            writable.copy_from_slice(now);
            rest = later;
            match decoder.next_transport_frame(opening.take().unwrap()).unwrap() {
                Decrypted::Frame(mut frame, state) => {
                    opening = Some(state);
                    let share: SubmitSharesExtended =
                        binary_sv2::from_bytes(frame.payload()).unwrap();
                    black_box(&share);
                    break;
                }
                Decrypted::Incomplete(_, state) => opening = Some(state),
            }
        }
    });
}

fn sv2(bench: &Bench) {
    let extranonce = [0u8; 8];
    let mut encoder = Encoder::new();
    bench.each("sv2/encode_share", || {
        black_box(encoder.encode(frame(black_box(&extranonce))).unwrap());
    });

    let message = MessageFrame::from_message(share(), SHARE_TYPE, 0, true).unwrap();
    let wire = encoder.encode(message).unwrap().as_ref().to_vec();
    let mut decoder = Decoder::new();
    bench.each("sv2/decode_share", || {
        let mut rest: &[u8] = black_box(&wire);
        loop {
            let writable = decoder.writable();
            let (now, later) = rest.split_at(writable.len());
            writable.copy_from_slice(now);
            rest = later;
            if let Decoded::Frame(mut frame) = decoder.next_frame().unwrap() {
                let share: SubmitSharesExtended = binary_sv2::from_bytes(frame.payload()).unwrap();
                black_box(&share);
                break;
            }
        }
    });
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [repetitions, seconds, prefixes @ ..] = arguments.as_slice() else {
        eprintln!("usage: sri-bench REPETITIONS SECONDS [PREFIX...]");
        std::process::exit(1);
    };
    let bench = Bench {
        repetitions: repetitions.parse().expect("a number"),
        duration: Duration::from_secs_f64(seconds.parse().expect("a number")),
        prefixes: prefixes.to_vec(),
    };
    noise(&bench);
    sealed_share(&bench);
    sv2(&bench);
}
