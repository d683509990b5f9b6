//! One connection: Noise and frames, all by the published libraries.

use codec_sv2::{
    Decrypted, Handshake, MessageFrame, NoiseDecoder, NoiseEncoder, SerializedFrame,
    TransportDecryptState, TransportEncryptState,
};
use framing_sv2::framing::EncodableFrame;
use key_utils::{Secp256k1PublicKey, Secp256k1SecretKey};
use noise_sv2::{Initiator, Responder, INITIATOR_EXPECTED_HANDSHAKE_MESSAGE_SIZE};
use parsers_sv2::AnyMessageOwned;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// A peer that says nothing for so long is broken.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Link {
    stream: TcpStream,
    encoder: NoiseEncoder,
    decoder: NoiseDecoder,
    sealing: TransportEncryptState,
    opening: Option<TransportDecryptState>,
}

impl Link {
    /// Our end is the miner's: checks the certificate against `authority` (base58check).
    pub fn connect(address: &str, authority: &str) -> Outcome<Link> {
        let mut stream = prepared(TcpStream::connect(address)?)?;
        let key: Secp256k1PublicKey = authority.parse().map_err(|e| format!("key: {e:?}"))?;
        let initiator = Initiator::from_raw_k(key.into_bytes()).map_err(|e| format!("{e:?}"))?;
        let (first, sent) = Handshake::initiator(initiator).step_0().map_err(debugged)?;
        stream.write_all(first.payload())?;
        let mut second = [0u8; INITIATOR_EXPECTED_HANDSHAKE_MESSAGE_SIZE];
        stream.read_exact(&mut second)?;
        let (sealing, opening) = sent.step_2(second).map_err(debugged)?.split();
        Ok(Link::new(stream, sealing, opening))
    }

    /// Our end is the pool's.
    pub fn accept(stream: TcpStream, public: &str, secret: &str) -> Outcome<Link> {
        let mut stream = prepared(stream)?;
        let public: Secp256k1PublicKey = public.parse().map_err(|e| format!("key: {e:?}"))?;
        let secret: Secp256k1SecretKey = secret.parse().map_err(|e| format!("key: {e:?}"))?;
        let responder = Responder::from_authority_kp(
            &public.into_bytes(),
            &secret.into_bytes(),
            Duration::from_secs(3600),
        )
        .map_err(|e| format!("{e:?}"))?;
        let mut first = [0u8; noise_sv2::ELLSWIFT_ENCODING_SIZE];
        stream.read_exact(&mut first)?;
        let (second, transport) =
            Handshake::responder(responder).step_1(first).map_err(debugged)?;
        stream.write_all(second.payload())?;
        let (sealing, opening) = transport.split();
        Ok(Link::new(stream, sealing, opening))
    }

    fn new(
        stream: TcpStream,
        sealing: TransportEncryptState,
        opening: TransportDecryptState,
    ) -> Link {
        Link {
            stream,
            encoder: NoiseEncoder::new(),
            decoder: NoiseDecoder::new(),
            sealing,
            opening: Some(opening),
        }
    }

    pub fn send(&mut self, message: AnyMessageOwned) -> Outcome<()> {
        let frame = MessageFrame::try_from(message).map_err(debugged)?;
        self.send_frame(frame)
    }

    /// Sends a frame that is already bytes, header and payload.
    pub fn send_bytes(&mut self, frame: Vec<u8>) -> Outcome<()> {
        let frame = framing_sv2::framing::SerializedFrame::from_bytes(frame).map_err(debugged)?;
        self.send_frame(frame)
    }

    fn send_frame<F: EncodableFrame>(&mut self, frame: F) -> Outcome<()> {
        let sealed = self.encoder.encode_transport(frame, &mut self.sealing).map_err(debugged)?;
        self.stream.write_all(sealed.as_ref())?;
        Ok(())
    }

    pub fn receive(&mut self) -> Outcome<SerializedFrame> {
        loop {
            let writable = self.decoder.writable();
            self.stream.read_exact(writable)?;
            let opening = self.opening.take().ok_or("the link has failed")?;
            match self.decoder.next_transport_frame(opening).map_err(debugged)? {
                Decrypted::Frame(frame, opening) => {
                    self.opening = Some(opening);
                    return Ok(frame);
                }
                Decrypted::Incomplete(_, opening) => self.opening = Some(opening),
            }
        }
    }
}

fn prepared(stream: TcpStream) -> Outcome<TcpStream> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

pub fn debugged<E: std::fmt::Debug>(error: E) -> String {
    format!("{error:?}")
}
