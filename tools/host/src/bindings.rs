//! Types generated from `wit/host.wit` for the interfaces implemented here.
//!
//! The WASI interfaces proper (`wasi:http`, `wasi:cli`, `wasi:clocks`,
//! `wasi:random`) come from Wasmtime's own crates.
#![expect(missing_docs, reason = "generated code, documented in the WIT files")]

wasmtime::component::bindgen!({
    path: "wit",
    world: "feiqian:host/host",
    imports: {
        // Those that never wait, which makes each a plain call.
        "wasi:keyvalue/atomics.[drop]cas": trappable,
        "wasi:keyvalue/atomics.[method]cas.current": trappable,
        "wasi:keyvalue/atomics.[static]cas.new": trappable,
        "wasi:keyvalue/store.[drop]bucket": trappable,
        "wasi:keyvalue/store.[method]bucket.exists": trappable,
        "wasi:keyvalue/store.[method]bucket.get": trappable,
        "wasi:keyvalue/store.open": trappable,
        default: async | trappable,
    },
    with: {
        "spin:key-value/key-value.store": crate::kv::Store,
        "spin:redis/redis.connection": crate::interfaces::redis::Connection,
        "wasi:keyvalue/atomics.cas": crate::interfaces::keyvalue::Cas,
        "wasi:keyvalue/store.bucket": crate::kv::Store,
    },
    // The errors themselves: implementations here never trap.
    trappable_error_type: {
        "spin:key-value/key-value.error" => spin::key_value::key_value::Error,
        "spin:redis/redis.error" => spin::redis::redis::Error,
        "spin:variables/variables.error" => spin::variables::variables::Error,
        "wasi:keyvalue/atomics.cas-error" => wasi::keyvalue::atomics::CasError,
        "wasi:keyvalue/store.error" => wasi::keyvalue::store::Error,
    },
});
