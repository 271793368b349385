//! The flows over a store in memory, a bank that does as it is told, and a process that
//! can die at any store or bank call.

#[cfg(test)]
mod adjusting;
#[cfg(test)]
mod auditing;
#[cfg(test)]
mod bank_events;
#[cfg(test)]
mod billing;
#[cfg(test)]
mod cards;
#[cfg(test)]
mod charging;
#[cfg(test)]
mod closing;
#[cfg(test)]
mod confirming;
mod crashes;
#[cfg(test)]
mod depositing;
#[cfg(test)]
mod desk;
#[cfg(test)]
mod face;
#[cfg(test)]
mod families;
#[cfg(test)]
mod history;
#[cfg(test)]
mod holder_limits;
#[cfg(test)]
mod insurer;
#[cfg(test)]
mod merchant_codes;
#[cfg(test)]
mod mortal_store;
mod opening;
#[cfg(test)]
mod operator_log;
#[cfg(test)]
mod partners;
mod paying;
#[cfg(test)]
mod paying_by_card;
#[cfg(test)]
mod pending;
#[cfg(test)]
mod reconciling;
#[cfg(test)]
mod refunding;
#[cfg(test)]
mod reporting;
#[cfg(test)]
mod resealing;
#[cfg(test)]
mod schemas;
#[cfg(test)]
mod security;
#[cfg(test)]
mod sending;
#[cfg(test)]
mod settling;
#[cfg(test)]
mod telling;
mod topping_up;
#[cfg(test)]
mod transferring;
#[cfg(test)]
mod visits;
#[cfg(test)]
mod wallet;
#[cfg(test)]
mod wealth;
mod withdrawing;
#[cfg(test)]
mod world;
