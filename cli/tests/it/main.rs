//! The scenarios of the binary, one test program: the crates' directions, what the repository must not hold, bad input,
//! runs that are broken off, the commands that look after a lake, the line from synthetic orders to an answer over HTTP and to the page in a browser, and answers over real orders
//! held against another engine. Needs no network.
// `cfg(test)` tells clippy that helpers beside the tests are test code too.

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod broken_off;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod lake_keeping;
#[cfg(test)]
mod layers;
#[cfg(test)]
mod no_sample_rows;
#[cfg(test)]
mod oracle;
mod peer;
#[cfg(test)]
mod serve;
#[cfg(test)]
mod workbench;
