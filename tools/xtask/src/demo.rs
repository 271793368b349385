//! stub
use crate::cli::Demo; 
/// x
pub fn run(_o: &Demo) -> anyhow::Result<()> { Ok(()) }
