use data_encoding::BASE64;
use feiqian_codes::{Picture, PictureError};
use feiqian_edge::{Problem, ProblemCode};
use serde::Serialize;

/// A picture in both forms: `svg` as text, `png` as base64.
#[derive(Serialize)]
pub(crate) struct PictureBody {
    svg: String,
    png: String,
}

impl PictureBody {
    pub(crate) fn of(picture: Result<Picture, PictureError>) -> Result<Self, Problem> {
        let written = picture.and_then(|picture| {
            Ok(Self { svg: picture.svg(), png: BASE64.encode(&picture.png()?) })
        });
        written.map_err(|error| Problem::new(ProblemCode::InternalError).because(error))
    }
}
