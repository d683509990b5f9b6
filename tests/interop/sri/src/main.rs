//! A peer of ours that is made of the published Rust libraries; see ../README.md.

mod block;
mod exchange;
mod link;
mod miner;
mod pool;
mod provider;
mod sample;
mod templates;
mod work;

use link::{Link, Outcome};
use std::io::Write;
use std::net::{TcpListener, TcpStream};

// A pair of keys that is only ever used here.
const AUTHORITY: &str = "9auqWEzQDVyd2oe1JVGFLMLHZtCo2FFqZwtKA5gd9xbuEu7PH72";
const AUTHORITY_SECRET: &str = "mkDLTBBRxdBv998612qipDYoTK3YUrqLe8uWw7gu3iXbSrn2n";

fn accept_one() -> Outcome<Link> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("listening\t{}\t{AUTHORITY}", listener.local_addr()?.port());
    std::io::stdout().flush()?;
    let (stream, _): (TcpStream, _) = listener.accept()?;
    Link::accept(stream, AUTHORITY, AUTHORITY_SECRET)
}

fn run(arguments: &[&str]) -> Outcome<()> {
    match arguments {
        ["connect", address, authority] => {
            let mut link = Link::connect(address, authority)?;
            exchange::produce(&mut link)?;
            exchange::reproduce(&mut link)
        }
        ["listen"] => {
            let mut link = accept_one()?;
            exchange::reproduce(&mut link)?;
            exchange::produce(&mut link)
        }

        ["mine", address, authority] => miner::mine(Link::connect(address, authority)?),
        ["negotiate", address, authority] => miner::negotiate(Link::connect(address, authority)?),
        ["pool"] => pool::serve(accept_one()?),
        ["templates", address, authority] => templates::follow(address, authority),
        ["provider"] => provider::serve(accept_one()?),
        _ => {
            Err("usage: sri-peer connect|mine|negotiate|templates HOST:PORT AUTHORITY | listen | \
                  pool | provider"
                .into())
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let Err(why) = run(&arguments) {
        println!("failed\t{why}");
        std::process::exit(1);
    }
}
