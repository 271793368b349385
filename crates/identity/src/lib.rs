//! Resident IDs, cards, mobiles and bank codes; masking and sealing of personal data.
