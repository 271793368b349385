//! Payment codes: what stands in them, and how they are drawn.
//!
//! - [`Payload`]: the data objects of an EMVCo merchant-presented QR code, any scheme's.
//! - [`MerchantCode`]: ours among them, of a merchant or of one order.
//! - [`PayerCode`]: the digits that a payer shows at a till.
//! - [`Picture`]: a QR code or a Code 128 barcode, as SVG or PNG.
//!
//! Everything here is pure, and nothing here says whether a code may be used: that is
//! decided by the document that it names.

mod emvco;
mod medical;
mod merchant;
mod payer;
mod picture;

pub use emvco::{CodeError, Field, Payload};
pub use medical::{MEDICAL_CODE_DIGITS, MedicalCode, MedicalCodeError};
pub use merchant::{Initiation, MerchantCode, NAME_CHARS_MAX, PLACE_CHARS_MAX};
pub use payer::{PAYER_CODE_DIGITS, PayerCode, PayerCodeError};
pub use picture::{Picture, PictureError, PictureFiles};
