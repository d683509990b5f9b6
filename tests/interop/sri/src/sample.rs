//! The samples that both ends know: each field's value follows from its name in the specification
//! and from the variant, so that a field that is misplaced or misread shows.
//!
//! A field's stream is splitmix64 from FNV-1a of its name, xor variant * GOLDEN. Variants: 0 the
//! smallest value of each type, 1 a usual one, 2 the largest. ../peer/sample.h says the same in C++.

use binary_sv2::{Seq0255Owned, Seq064KOwned, Sv2OptionOwned, U256Owned};
use common_messages_sv2::*;
use extensions_sv2::*;
use job_declaration_sv2::*;
use mining_sv2::*;
use parsers_sv2::*;
use std::fmt::Debug;
use template_distribution_sv2::*;

pub const VARIANTS: usize = 3;
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
/// Larger than one sealed block, small enough for a test.
const LARGE: usize = 70_000;

struct Stream(u64);

impl Stream {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

pub struct Fields {
    variant: usize,
}

impl Fields {
    fn stream(&self, name: &str) -> Stream {
        let mut hash = 0xcbf2_9ce4_8422_2325u64;
        for byte in name.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Stream(hash ^ (self.variant as u64).wrapping_mul(GOLDEN))
    }
    fn u64(&self, name: &str) -> u64 {
        match self.variant {
            0 => 0,
            1 => self.stream(name).next(),
            _ => u64::MAX,
        }
    }
    fn u32(&self, name: &str) -> u32 {
        self.u64(name) as u32
    }
    fn u16(&self, name: &str) -> u16 {
        self.u64(name) as u16
    }
    fn bool(&self, _name: &str) -> bool {
        self.variant != 0
    }
    fn f32(&self, name: &str) -> f32 {
        match self.variant {
            0 => 0.0,
            1 => (self.stream(name).next() % 1_000_000) as f32 * 1e9,
            _ => f32::MAX,
        }
    }
    fn bytes(&self, name: &str, size: usize) -> Vec<u8> {
        let mut stream = self.stream(name);
        stream.next(); // decided the size
        (0..size).map(|_| stream.next() as u8).collect()
    }
    fn blob<T: TryFrom<Vec<u8>>>(&self, name: &str, size_max: usize) -> T
    where
        T::Error: Debug,
    {
        let size = match self.variant {
            0 => 0,
            1 => 1 + self.stream(name).next() as usize % size_max.min(32),
            _ => size_max.min(LARGE),
        };
        self.bytes(name, size).try_into().expect("fits")
    }
    fn text<T: TryFrom<Vec<u8>>>(&self, name: &str) -> T
    where
        T::Error: Debug,
    {
        let size = match self.variant {
            0 => 0,
            1 => 1 + self.stream(name).next() as usize % 32,
            _ => 255,
        };
        let letters = self.bytes(name, size).iter().map(|b| b'a' + b % 26).collect::<Vec<_>>();
        letters.try_into().expect("fits")
    }
    fn u256(&self, name: &str) -> U256Owned {
        let bytes = match self.variant {
            0 => vec![0; 32],
            1 => self.bytes(name, 32),
            _ => vec![0xff; 32],
        };
        bytes.try_into().expect("32 bytes")
    }
    fn elements<T>(&self, name: &str, most: usize, element: impl Fn(&str) -> T) -> Vec<T> {
        let count = match self.variant {
            0 => 0,
            1 => 3,
            _ => most,
        };
        (0..count).map(|i| element(&format!("{name}[{i}]"))).collect()
    }
    fn path(&self, name: &str) -> Seq0255Owned<U256Owned> {
        Seq0255Owned::new(self.elements(name, 255, |n| self.u256(n))).expect("fits")
    }
    fn numbers(&self, name: &str) -> Seq064KOwned<u16> {
        Seq064KOwned::new(self.elements(name, 300, |n| self.u16(n))).expect("fits")
    }
    fn option(&self, name: &str) -> Sv2OptionOwned<u32> {
        Sv2OptionOwned::new((self.variant != 0).then(|| self.u32(name)))
    }
}

/// Every message in the order of its number, core messages first: name in the specification and
/// sample.
pub fn messages(variant: usize) -> Vec<(&'static str, AnyMessageOwned)> {
    let mut all = common(variant);
    all.extend(mining(variant));
    all.extend(job_declaration(variant));
    all.extend(template_distribution(variant));
    all.extend(negotiation(variant));
    all
}

fn common(variant: usize) -> Vec<(&'static str, AnyMessageOwned)> {
    use CommonMessagesOwned as C;
    let f = Fields { variant };
    let protocols = [
        Protocol::MiningProtocol,
        Protocol::JobDeclarationProtocol,
        Protocol::TemplateDistributionProtocol,
    ];
    let messages = vec![
        (
            "SetupConnection",
            C::SetupConnection(SetupConnectionOwned {
                protocol: protocols[variant],
                min_version: f.u16("min_version"),
                max_version: f.u16("max_version"),
                flags: f.u32("flags"),
                endpoint_host: f.text("endpoint_host"),
                endpoint_port: f.u16("endpoint_port"),
                vendor: f.text("vendor"),
                hardware_version: f.text("hardware_version"),
                firmware: f.text("firmware"),
                device_id: f.text("device_id"),
            }),
        ),
        (
            "SetupConnection.Success",
            C::SetupConnectionSuccess(SetupConnectionSuccess {
                used_version: f.u16("used_version"),
                flags: f.u32("flags"),
            }),
        ),
        (
            "SetupConnection.Error",
            C::SetupConnectionError(SetupConnectionErrorOwned {
                flags: f.u32("flags"),
                error_code: f.text("error_code"),
            }),
        ),
        (
            "ChannelEndpointChanged",
            C::ChannelEndpointChanged(ChannelEndpointChanged { channel_id: f.u32("channel_id") }),
        ),
        (
            "Reconnect",
            C::Reconnect(ReconnectOwned {
                new_host: f.text("new_host"),
                new_port: f.u16("new_port"),
            }),
        ),
    ];
    messages.into_iter().map(|(n, m)| (n, AnyMessageOwned::Common(m))).collect()
}

fn mining(variant: usize) -> Vec<(&'static str, AnyMessageOwned)> {
    use MiningOwned as M;
    let f = Fields { variant };
    let messages = vec![
        (
            "OpenStandardMiningChannel",
            M::OpenStandardMiningChannel(OpenStandardMiningChannelOwned {
                request_id: f.u32("request_id"),
                user_identity: f.text("user_identity"),
                nominal_hash_rate: f.f32("nominal_hash_rate"),
                max_target: f.u256("max_target"),
            }),
        ),
        (
            "OpenStandardMiningChannel.Success",
            M::OpenStandardMiningChannelSuccess(OpenStandardMiningChannelSuccessOwned {
                request_id: f.u32("request_id"),
                channel_id: f.u32("channel_id"),
                target: f.u256("target"),
                extranonce_prefix: f.blob("extranonce_prefix", 32),
                group_channel_id: f.u32("group_channel_id"),
            }),
        ),
        (
            "OpenMiningChannel.Error",
            M::OpenMiningChannelError(OpenMiningChannelErrorOwned {
                request_id: f.u32("request_id"),
                error_code: f.text("error_code"),
            }),
        ),
        (
            "OpenExtendedMiningChannel",
            M::OpenExtendedMiningChannel(OpenExtendedMiningChannelOwned {
                request_id: f.u32("request_id"),
                user_identity: f.text("user_identity"),
                nominal_hash_rate: f.f32("nominal_hash_rate"),
                max_target: f.u256("max_target"),
                min_extranonce_size: f.u16("min_extranonce_size"),
            }),
        ),
        (
            "OpenExtendedMiningChannel.Success",
            M::OpenExtendedMiningChannelSuccess(OpenExtendedMiningChannelSuccessOwned {
                request_id: f.u32("request_id"),
                channel_id: f.u32("channel_id"),
                target: f.u256("target"),
                extranonce_size: f.u16("extranonce_size"),
                extranonce_prefix: f.blob("extranonce_prefix", 32),
                group_channel_id: f.u32("group_channel_id"),
            }),
        ),
        (
            "NewMiningJob",
            M::NewMiningJob(NewMiningJobOwned {
                channel_id: f.u32("channel_id"),
                job_id: f.u32("job_id"),
                min_ntime: f.option("min_ntime"),
                version: f.u32("version"),
                merkle_root: f.u256("merkle_root"),
            }),
        ),
        (
            "UpdateChannel",
            M::UpdateChannel(UpdateChannelOwned {
                channel_id: f.u32("channel_id"),
                nominal_hash_rate: f.f32("nominal_hash_rate"),
                maximum_target: f.u256("maximum_target"),
            }),
        ),
        (
            "UpdateChannel.Error",
            M::UpdateChannelError(UpdateChannelErrorOwned {
                channel_id: f.u32("channel_id"),
                error_code: f.text("error_code"),
            }),
        ),
        (
            "CloseChannel",
            M::CloseChannel(CloseChannelOwned {
                channel_id: f.u32("channel_id"),
                reason_code: f.text("reason_code"),
            }),
        ),
        (
            "SetExtranoncePrefix",
            M::SetExtranoncePrefix(SetExtranoncePrefixOwned {
                channel_id: f.u32("channel_id"),
                extranonce_prefix: f.blob("extranonce_prefix", 32),
            }),
        ),
        (
            "SubmitSharesStandard",
            M::SubmitSharesStandard(SubmitSharesStandard {
                channel_id: f.u32("channel_id"),
                sequence_number: f.u32("sequence_number"),
                job_id: f.u32("job_id"),
                nonce: f.u32("nonce"),
                ntime: f.u32("ntime"),
                version: f.u32("version"),
            }),
        ),
        (
            "SubmitSharesExtended",
            M::SubmitSharesExtended(SubmitSharesExtendedOwned {
                channel_id: f.u32("channel_id"),
                sequence_number: f.u32("sequence_number"),
                job_id: f.u32("job_id"),
                nonce: f.u32("nonce"),
                ntime: f.u32("ntime"),
                version: f.u32("version"),
                extranonce: f.blob("extranonce", 32),
            }),
        ),
        (
            "SubmitShares.Success",
            M::SubmitSharesSuccess(SubmitSharesSuccess {
                channel_id: f.u32("channel_id"),
                last_sequence_number: f.u32("last_sequence_number"),
                new_submits_accepted_count: f.u32("new_submits_accepted_count"),
                new_shares_sum: f.u64("new_shares_sum"),
            }),
        ),
        (
            "SubmitShares.Error",
            M::SubmitSharesError(SubmitSharesErrorOwned {
                channel_id: f.u32("channel_id"),
                sequence_number: f.u32("sequence_number"),
                error_code: f.text("error_code"),
            }),
        ),
        (
            "NewExtendedMiningJob",
            M::NewExtendedMiningJob(NewExtendedMiningJobOwned {
                channel_id: f.u32("channel_id"),
                job_id: f.u32("job_id"),
                min_ntime: f.option("min_ntime"),
                version: f.u32("version"),
                version_rolling_allowed: f.bool("version_rolling_allowed"),
                merkle_path: f.path("merkle_path"),
                coinbase_tx_prefix: f.blob("coinbase_tx_prefix", 65_535),
                coinbase_tx_suffix: f.blob("coinbase_tx_suffix", 65_535),
            }),
        ),
        (
            "SetNewPrevHash",
            M::SetNewPrevHash(mining_sv2::SetNewPrevHashOwned {
                channel_id: f.u32("channel_id"),
                job_id: f.u32("job_id"),
                prev_hash: f.u256("prev_hash"),
                min_ntime: f.u32("min_ntime"),
                nbits: f.u32("nbits"),
            }),
        ),
        (
            "SetTarget",
            M::SetTarget(SetTargetOwned {
                channel_id: f.u32("channel_id"),
                maximum_target: f.u256("maximum_target"),
            }),
        ),
        (
            "SetCustomMiningJob",
            M::SetCustomMiningJob(SetCustomMiningJobOwned {
                channel_id: f.u32("channel_id"),
                request_id: f.u32("request_id"),
                token: f.blob("mining_job_token", 255),
                version: f.u32("version"),
                prev_hash: f.u256("prev_hash"),
                min_ntime: f.u32("min_ntime"),
                nbits: f.u32("nbits"),
                coinbase_tx_version: f.u32("coinbase_tx_version"),
                coinbase_prefix: f.blob("coinbase_prefix", 255),
                coinbase_tx_input_n_sequence: f.u32("coinbase_tx_input_nSequence"),
                coinbase_tx_outputs: f.blob("coinbase_tx_outputs", 65_535),
                coinbase_tx_locktime: f.u32("coinbase_tx_locktime"),
                merkle_path: f.path("merkle_path"),
            }),
        ),
        (
            "SetCustomMiningJob.Success",
            M::SetCustomMiningJobSuccess(SetCustomMiningJobSuccess {
                channel_id: f.u32("channel_id"),
                request_id: f.u32("request_id"),
                job_id: f.u32("job_id"),
            }),
        ),
        (
            "SetCustomMiningJob.Error",
            M::SetCustomMiningJobError(SetCustomMiningJobErrorOwned {
                channel_id: f.u32("channel_id"),
                request_id: f.u32("request_id"),
                error_code: f.text("error_code"),
            }),
        ),
        (
            "SetGroupChannel",
            M::SetGroupChannel(SetGroupChannelOwned {
                group_channel_id: f.u32("group_channel_id"),
                channel_ids: Seq064KOwned::new(f.elements("channel_ids", 300, |n| f.u32(n)))
                    .expect("fits"),
            }),
        ),
    ];
    messages.into_iter().map(|(n, m)| (n, AnyMessageOwned::Mining(m))).collect()
}

fn job_declaration(variant: usize) -> Vec<(&'static str, AnyMessageOwned)> {
    use JobDeclarationOwned as J;
    let f = Fields { variant };
    let messages = vec![
        (
            "AllocateMiningJobToken",
            J::AllocateMiningJobToken(AllocateMiningJobTokenOwned {
                user_identifier: f.text("user_identifier"),
                request_id: f.u32("request_id"),
            }),
        ),
        (
            "AllocateMiningJobToken.Success",
            J::AllocateMiningJobTokenSuccess(AllocateMiningJobTokenSuccessOwned {
                request_id: f.u32("request_id"),
                mining_job_token: f.blob("mining_job_token", 255),
                coinbase_outputs: f.blob("coinbase_tx_outputs", 65_535),
            }),
        ),
        (
            "ProvideMissingTransactions",
            J::ProvideMissingTransactions(ProvideMissingTransactionsOwned {
                request_id: f.u32("request_id"),
                unknown_tx_position_list: f.numbers("unknown_tx_position_list"),
            }),
        ),
        (
            "ProvideMissingTransactions.Success",
            J::ProvideMissingTransactionsSuccess(ProvideMissingTransactionsSuccessOwned {
                request_id: f.u32("request_id"),
                transaction_list: transactions(&f),
            }),
        ),
        (
            "DeclareMiningJob",
            J::DeclareMiningJob(DeclareMiningJobOwned {
                request_id: f.u32("request_id"),
                mining_job_token: f.blob("mining_job_token", 255),
                version: f.u32("version"),
                coinbase_tx_prefix: f.blob("coinbase_tx_prefix", 65_535),
                coinbase_tx_suffix: f.blob("coinbase_tx_suffix", 65_535),
                wtxid_list: Seq064KOwned::new(f.elements("wtxid_list", 300, |n| f.u256(n)))
                    .expect("fits"),
                excess_data: f.blob("excess_data", 65_535),
            }),
        ),
        (
            "DeclareMiningJob.Success",
            J::DeclareMiningJobSuccess(DeclareMiningJobSuccessOwned {
                request_id: f.u32("request_id"),
                new_mining_job_token: f.blob("new_mining_job_token", 255),
            }),
        ),
        (
            "DeclareMiningJob.Error",
            J::DeclareMiningJobError(DeclareMiningJobErrorOwned {
                request_id: f.u32("request_id"),
                error_code: f.text("error_code"),
                error_details: f.blob("error_details", 65_535),
            }),
        ),
        (
            "PushSolution",
            J::PushSolution(PushSolutionOwned {
                extranonce: f.blob("extranonce", 32),
                prev_hash: f.u256("prev_hash"),
                nonce: f.u32("nonce"),
                ntime: f.u32("ntime"),
                nbits: f.u32("nbits"),
                version: f.u32("version"),
            }),
        ),
    ];
    messages.into_iter().map(|(n, m)| (n, AnyMessageOwned::JobDeclaration(m))).collect()
}

fn transactions(f: &Fields) -> Seq064KOwned<binary_sv2::B016MOwned> {
    let size_max = (1 << 24) - 1;
    Seq064KOwned::new(f.elements("transaction_list", 3, |n| f.blob(n, size_max))).expect("fits")
}

fn template_distribution(variant: usize) -> Vec<(&'static str, AnyMessageOwned)> {
    use TemplateDistributionOwned as T;
    let f = Fields { variant };
    let messages = vec![
        (
            "CoinbaseOutputConstraints",
            T::CoinbaseOutputConstraints(CoinbaseOutputConstraints {
                coinbase_output_max_additional_size: f.u32("coinbase_output_max_additional_size"),
                coinbase_output_max_additional_sigops: f
                    .u16("coinbase_output_max_additional_sigops"),
            }),
        ),
        (
            "NewTemplate",
            T::NewTemplate(NewTemplateOwned {
                template_id: f.u64("template_id"),
                future_template: f.bool("future_template"),
                version: f.u32("version"),
                coinbase_tx_version: f.u32("coinbase_tx_version"),
                coinbase_prefix: f.blob("coinbase_prefix", 255),
                coinbase_tx_input_sequence: f.u32("coinbase_tx_input_sequence"),
                coinbase_tx_value_remaining: f.u64("coinbase_tx_value_remaining"),
                coinbase_tx_outputs_count: f.u32("coinbase_tx_outputs_count"),
                coinbase_tx_outputs: f.blob("coinbase_tx_outputs", 65_535),
                coinbase_tx_locktime: f.u32("coinbase_tx_locktime"),
                merkle_path: f.path("merkle_path"),
            }),
        ),
        (
            "SetNewPrevHash",
            T::SetNewPrevHash(template_distribution_sv2::SetNewPrevHashOwned {
                template_id: f.u64("template_id"),
                prev_hash: f.u256("prev_hash"),
                header_timestamp: f.u32("header_timestamp"),
                n_bits: f.u32("nBits"),
                target: f.u256("target"),
            }),
        ),
        (
            "RequestTransactionData",
            T::RequestTransactionData(RequestTransactionData { template_id: f.u64("template_id") }),
        ),
        (
            "RequestTransactionData.Success",
            T::RequestTransactionDataSuccess(RequestTransactionDataSuccessOwned {
                template_id: f.u64("template_id"),
                excess_data: f.blob("excess_data", 65_535),
                transaction_list: transactions(&f),
            }),
        ),
        (
            "RequestTransactionData.Error",
            T::RequestTransactionDataError(RequestTransactionDataErrorOwned {
                template_id: f.u64("template_id"),
                error_code: f.text("error_code"),
            }),
        ),
        (
            "SubmitSolution",
            T::SubmitSolution(SubmitSolutionOwned {
                template_id: f.u64("template_id"),
                version: f.u32("version"),
                header_timestamp: f.u32("header_timestamp"),
                header_nonce: f.u32("header_nonce"),
                coinbase_tx: f.blob("coinbase_tx", 65_535),
            }),
        ),
    ];
    messages.into_iter().map(|(n, m)| (n, AnyMessageOwned::TemplateDistribution(m))).collect()
}

fn negotiation(variant: usize) -> Vec<(&'static str, AnyMessageOwned)> {
    use ExtensionsNegotiationOwned as E;
    let f = Fields { variant };
    let messages = vec![
        (
            "RequestExtensions",
            E::RequestExtensions(RequestExtensionsOwned {
                request_id: f.u16("request_id"),
                requested_extensions: f.numbers("requested_extensions"),
            }),
        ),
        (
            "RequestExtensions.Success",
            E::RequestExtensionsSuccess(RequestExtensionsSuccessOwned {
                request_id: f.u16("request_id"),
                supported_extensions: f.numbers("supported_extensions"),
            }),
        ),
        (
            "RequestExtensions.Error",
            E::RequestExtensionsError(RequestExtensionsErrorOwned {
                request_id: f.u16("request_id"),
                unsupported_extensions: f.numbers("unsupported_extensions"),
                required_extensions: f.numbers("required_extensions"),
            }),
        ),
    ];
    messages
        .into_iter()
        .map(|(n, m)| (n, AnyMessageOwned::Extensions(ExtensionsOwned::ExtensionsNegotiation(m))))
        .collect()
}
