//! Lab.
mod source;
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("give the folder of the source")?;
    let (catalogue, all) = source::read(folder.as_ref(), u32::MAX)?;
    println!("{} products, {} customers, {} lines", catalogue.len(), all.len(), all.line_count());
    Ok(())
}
