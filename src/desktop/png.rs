//! Pictures of the window as PNG.

use egui::ColorImage;

/// The bytes of a PNG file, or why there are none.
pub fn encode(image: &ColorImage) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, image.width() as u32, image.height() as u32);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let write = encoder.write_header().and_then(|mut writer| writer.write_image_data(image.as_raw()));
    write.map_err(|error| format!("No picture was made: {error}"))?;
    Ok(bytes)
}
