//! Who someone is: resident IDs, cards, mobiles, names, bank codes, PINs and codes.
//!
//! Each value is a type whose `parse` is the only way in, so what is parsed is
//! valid and is not checked again. Personal data prints masked, in `Debug` and
//! `Display` alike; the text itself leaves only through `expose`, which is easy to
//! search for. These types have no serde: what is stored goes through
//! [`SealKeys`], and what is answered through `masked`.

mod account_number;
mod card_number;
mod cnaps_code;
mod device;
mod error;
mod holder_name;
mod mobile;
mod one_time_code;
mod personal;
mod pin;
mod resident_id;
mod seal_keys;
mod sealed;

pub use account_number::BankAccountNumber;
pub use card_number::CardNumber;
pub use cnaps_code::CnapsCode;
pub use device::DeviceAlgorithm;
pub use error::{Fault, IdentityError};
pub use holder_name::HolderName;
pub use mobile::Mobile;
pub use one_time_code::OneTimeCode;
pub use pin::{Pin, Weakness};
pub use resident_id::ResidentId;
pub use seal_keys::{SealKeys, SealKeysError};
pub use sealed::{SealError, Sealed};
