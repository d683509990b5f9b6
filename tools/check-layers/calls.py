"""Calls that are not made in libs/ and services/: clocks, chance, locks, and whatever waits."""

import fnmatch
import re
from dataclasses import dataclass

from source import Finding, Tree


@dataclass(frozen=True)
class Rule:
    name: str
    pattern: re.Pattern
    advice: str
    in_tests: bool  # whether tests keep it too


def _rule(name: str, advice: str, *alternatives: str, in_tests: bool) -> Rule:
    return Rule(name, re.compile("|".join(alternatives)), advice, in_tests)


RULES = [
    _rule("clock", "take `now` as an argument or a base::Clock&",
          r"\b(?:system|steady|high_resolution|utc|file)_clock::now\b",
          r"\btime\s*\(\s*(?:nullptr|NULL|0)\s*\)",
          r"\b(?:clock_gettime|gettimeofday|gpr_now)\b", in_tests=True),
    _rule("random", "take a base::Random&, or the secret itself",
          r"\brandom_device\b", r"\brandombytes\w*", r"\bgetrandom\b", r"\bgetentropy\b",
          r"\bRAND_bytes\b", r"\bs?rand\s*\(", r"\bcrypto_\w+_keypair\s*\(", in_tests=True),
    _rule("lock", "two owners: find out whose state it is, and post to that loop",
          r"\b(?:recursive_|shared_|timed_|recursive_timed_|shared_timed_)?mutex\b",
          r"\b(?:lock_guard|unique_lock|scoped_lock|shared_lock|condition_variable(?:_any)?)\b",
          r"\b(?:absl::Mutex|MutexLock|pthread_(?:mutex|cond|rwlock|spin)_\w+|call_once)\b",
          r"\b(?:counting_semaphore|binary_semaphore|std::latch|std::barrier)\b",
          r"#\s*include\s*<(?:semaphore|latch|barrier)>", in_tests=True),
    _rule("sleep", "write down a deadline and let a timer of the loop resolve it",
          r"\bsleep_(?:for|until)\b", r"\b(?:u|nano)?sleep\s*\(", in_tests=True),
    _rule("blocking-redis", "use libs/redis, which answers on the loop",
          r"\bredisv?(?:Command|Connect|GetReply|AppendCommand|BufferWrite|Reconnect)\w*\s*\(",
          in_tests=False),
    _rule("blocking-grpc", "use the callback API (stub->async()->..., CallbackService)",
          r"\bstub_?(?:\(\))?\s*(?:->|\.)\s*(?!async\b|Async|PrepareAsync|PrepareUnary)[A-Z]\w*\s*\(",
          r"\bgrpc::Client(?:Reader|Writer|ReaderWriter)\s*<",
          r"\bpublic\s+[\w:]+::Service\b", r"\bWaitFor(?:Connected|StateChange)\s*\(",
          in_tests=False),
    _rule("blocking-wait", "keep a pending entry with a deadline; the answer comes as a message",
          r"\bstd::(?:shared_)?future\b", r"\bstd::promise\b", r"\bstd::async\s*\(",
          r"\bpackaged_task\b", r"(?:\.|->)\s*wait(?:_for|_until)?\s*\(", in_tests=False),
    _rule("blocking-lookup", "resolve asynchronously, or once at the start",
          r"\bgetaddrinfo\b", r"\bgethostbyname\w*\b", r"(?:\.|->)\s*resolve\s*\(", in_tests=False),
    _rule("blocking-file", "read at the start, or hand the work to the spool's thread",
          r"\b[io]?fstream\b", r"\bstd::filesystem\b(?!::path\b)", r"\bopen(?:at)?\s*\([^;]*\bO_[A-Z]+",
          r"\bfopen\b", r"\bf(?:data)?sync\b", r"\bp(?:read|write)v?2?\s*\(", in_tests=False),
]

# (rule, files, reason): where the rule's reason does not hold. A line here is a decision.
ALLOWED = [
    ("clock", "libs/base/*", "the only real clocks"),
    ("random", "libs/base/*", "the only real entropy"),
    ("blocking-file", "libs/service/config*", "reads the configuration before the loop turns"),
    ("blocking-file", "libs/service/secret_file.cpp",
     "before the loop turns, and for who calls it on a thread of its own"),
    ("blocking-file", "services/*/config.cpp", "reads the configuration before the loop turns"),
    ("blocking-file", "*/key_file.cpp", "reads keys before the loop turns"),
    ("blocking-file", "services/template/spool_file.cpp",
     "the spool's own thread, which owns the files and posts to the loop"),
    ("blocking-file", "services/template/template_file.cpp",
     "the templates' own thread, which owns the files and posts to the loop"),
    ("blocking-file", "services/template/whole_file.cpp", "for these two"),
    ("blocking-file", "libs/share_export/archive*",
     "the archive's own thread, which owns the files and posts to the loop"),
    ("blocking-file", "services/channel-manager/allow_list_file.cpp",
     "a thread of its own, which owns nothing else and posts to the loop"),
    ("blocking-file", "services/admin/web_tls.cpp",
     "before the loop turns, and on a thread of its own, which owns nothing and posts to the loop"),
    ("sleep", "libs/control/wedge.cpp", "holds the loop because a test asks for a wedged one"),
    ("blocking-lookup", "libs/service/grpc_server.cpp",
     "once, after gRPC failed to listen, to say why; the process ends"),
]


def is_allowed(rule: str, path: str) -> bool:
    return any(rule == name and fnmatch.fnmatchcase(path, files) for name, files, _ in ALLOWED)


def check(tree: Tree) -> list[Finding]:
    findings = []
    for source in tree.sources:
        if source.area not in ("libs", "services"):
            continue
        for rule in RULES:
            if (source.is_test and not rule.in_tests) or is_allowed(rule.name, source.path):
                continue
            for match in rule.pattern.finditer(source.code):
                findings.append(Finding(source.path, source.line_of(match.start()), rule.name,
                                        f"`{match.group().strip()}`: {rule.advice}"))
    return findings
