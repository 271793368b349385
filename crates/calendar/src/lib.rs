//! Instants, business days and years in a region's fixed offset.
