//! How much is done for somebody who showed nothing: no token, no secret, no good hash. Who shows one is never counted here.
//!
//! Three things can be had without showing anything. A *miss* costs little, and is counted so that secrets are not tried by the
//! million. An unsigned webhook, and an old page that says its window closed, make us *look up*. An old page makes us ask the merchant
//! and the gateway for a *window*; it shows a secret afterwards, but anybody who knows the order's id is given that.
//!
//! The counting is one moment for each client (the generic cell rate algorithm), by the verifier's own clock, in a table that does not
//! grow with the number of addresses somebody owns. A library would bring a clock and a table of its own.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use paypair_ledger::{Order, Store, Timestamp};

use super::{client_ip, token_of};
use crate::{
    ApiError, RawRequest, Verifier,
    environment::Environment,
    network::{Network, is_public},
};

/// What a stranger asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Nothing: a wrong secret, a bad hash, an address that leads nowhere.
    Miss,
    /// A lookup at the gateway.
    Lookup,
    /// An order at the merchant and a window at the gateway.
    Window,
}

/// So many at once, then one in so many milliseconds.
#[derive(Clone, Copy)]
struct Rate {
    burst: i64,
    apart: i64,
}

/// Of one client.
const OF_ONE: Rate = Rate {
    burst: 60,
    apart: 1_000,
};

/// Of one IPv6 /48: whoever is given one has 65,536 clients, who together must not use up what is for all.
const OF_NETWORK: Rate = Rate {
    burst: 200,
    apart: 50,
};

/// Of everybody together, for each kind of work; and of those together who cannot be told apart.
const OF_ALL: Rate = Rate {
    burst: 1_000,
    apart: 10,
};

/// More clients than ask for something in vain within a minute, unless somebody has a great many addresses.
const MOST: usize = 8_192;

/// The table is looked through for what is over at most once in so many milliseconds.
const SWEEP: i64 = 1_000;

#[derive(Default)]
pub(crate) struct Strangers {
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    clients: Places,
    networks: Places,
    all: [i64; 3],
}

/// Those who are told from one another, each with when all that was counted of it would be over.
#[derive(Default)]
struct Places {
    busy_until: HashMap<u64, i64>,
    swept_at: i64,
}

impl Strangers {
    /// Counts it. If it is too much: in how many seconds there is room again.
    fn count(&self, ask: Ask, client: Option<IpAddr>, now: Timestamp) -> Result<(), u64> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let now = now.millis();
        // One client must not use up what is for all.
        let known = match client {
            Some(ip) => table.count_client(ip, now)?,
            None => false,
        };
        if ask == Ask::Miss && known {
            return Ok(());
        }
        OF_ALL.count(&mut table.all[ask as usize], now)
    }
}

impl Table {
    /// Counts one client, and the network that it is of; false if there is no room to tell it from others.
    fn count_client(&mut self, ip: IpAddr, now: i64) -> Result<bool, u64> {
        let mut network = network(ip).and_then(|place| self.networks.of(place, OF_NETWORK, now));
        // A network that is full makes no more clients; and what a client asks too much is not its network's.
        if let Some(busy_until) = &network {
            OF_NETWORK.room(**busy_until, now)?;
        }
        let client = self.clients.of(place(ip), OF_ONE, now);
        let known = client.is_some();
        if let Some(busy_until) = client {
            OF_ONE.count(busy_until, now)?;
        }
        if let Some(busy_until) = &mut network {
            OF_NETWORK.count(busy_until, now)?;
        }
        Ok(known)
    }
}

impl Places {
    /// What is counted of this one; none if there is no room to tell it from others.
    fn of(&mut self, place: u64, rate: Rate, now: i64) -> Option<&mut i64> {
        let is_full = |places: &Self| {
            places.busy_until.len() >= MOST && !places.busy_until.contains_key(&place)
        };
        // A clock that was put back does not wait for the old time to come again.
        let swept_lately = (0..SWEEP).contains(&(now - self.swept_at));
        if is_full(self) && !swept_lately {
            self.swept_at = now;
            self.busy_until
                .retain(|_, busy_until| rate.is_busy(*busy_until, now));
        }
        if is_full(self) {
            return None;
        }
        Some(self.busy_until.entry(place).or_insert(now))
    }
}

impl Rate {
    /// `busy_until` is when all that was counted would be over, one after the other.
    fn count(self, busy_until: &mut i64, now: i64) -> Result<(), u64> {
        *busy_until = self.room(*busy_until, now)?;
        Ok(())
    }

    /// When it would be over with one more. If that is too much: in how many seconds there is room again.
    fn room(self, busy_until: i64, now: i64) -> Result<i64, u64> {
        let busy_until = if self.is_busy(busy_until, now) {
            busy_until
        } else {
            now
        };
        let over = busy_until + self.apart - now - self.burst * self.apart;
        if over > 0 {
            return Err(u64::try_from(over).unwrap_or(0).div_ceil(1_000));
        }
        Ok(busy_until + self.apart)
    }

    /// Further ahead than it can come to means that the clock was put back.
    fn is_busy(self, busy_until: i64, now: i64) -> bool {
        (1..=self.burst * self.apart).contains(&(busy_until - now))
    }
}

/// Whom an address belongs to: each IPv4 address is somebody, of IPv6 each /64.
fn place(ip: IpAddr) -> u64 {
    match ip.to_canonical() {
        // No IPv6 network that anybody has begins with zeros.
        IpAddr::V4(ip) => u64::from(ip.to_bits()),
        IpAddr::V6(ip) => (ip.to_bits() >> 64) as u64,
    }
}

/// The network that somebody's IPv6 addresses are of, by its /48.
fn network(ip: IpAddr) -> Option<u64> {
    match ip.to_canonical() {
        IpAddr::V4(_) => None,
        IpAddr::V6(ip) => Some((ip.to_bits() >> 80) as u64),
    }
}

/// Who is asking, as far as it matters here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller {
    client: Option<IpAddr>,
    is_merchant: bool,
}

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    pub(crate) fn caller(&self, request: &RawRequest) -> Caller {
        let client = client_ip(request, &self.config().trusted_proxies);
        Caller {
            // Who comes from an address inside comes through a proxy that nobody told us of, and so does everybody else: one of them
            // must not shut the others out.
            client: client.filter(|ip| is_public(*ip)),
            is_merchant: token_of(request).is_some() && self.is_merchant(request),
        }
    }

    /// Is there room for this stranger's wish?
    pub(crate) fn hear(&self, ask: Ask, caller: Caller) -> Result<(), ApiError> {
        self.strangers()
            .count(ask, caller.client, self.now())
            .map_err(|retry_after| ApiError::TooManyRequests { retry_after })
    }

    /// Is there room for what a page of this order sets off? Whoever knows the id of an old page's order is given its secret, and is
    /// counted; the secret of any other order is the buyer's alone.
    pub(crate) fn hear_page(
        &self,
        order: &Order,
        ask: Ask,
        caller: Caller,
    ) -> Result<(), ApiError> {
        if self.is_drop_in(order) {
            self.hear(ask, caller)
        } else {
            Ok(())
        }
    }

    /// The answer to somebody who is refused: the refusal, or that it is too much by now.
    pub(crate) fn unless_too_many(&self, error: ApiError, caller: Caller) -> ApiError {
        if !error.is_a_strangers() || caller.is_merchant {
            return error;
        }
        self.hear(Ask::Miss, caller).err().unwrap_or(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000 + seconds * 1_000)
    }

    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    fn misses(strangers: &Strangers, client: Option<IpAddr>, seconds: i64) -> i64 {
        let mut heard = 0;
        while strangers.count(Ask::Miss, client, at(seconds)).is_ok() {
            heard += 1;
        }
        heard
    }

    #[test]
    fn a_client_has_its_burst_and_then_one_a_second() {
        let strangers = Strangers::default();
        let client = ip("121.1.1.1");
        assert_eq!(misses(&strangers, client, 0), OF_ONE.burst);
        assert_eq!(strangers.count(Ask::Miss, client, at(0)), Err(1));
        assert_eq!(misses(&strangers, client, 1), 1);
        assert_eq!(misses(&strangers, client, 31), 30);
        assert_eq!(misses(&strangers, client, 1_000), OF_ONE.burst);
        // Others are not concerned.
        assert_eq!(misses(&strangers, ip("121.1.1.2"), 1_000), OF_ONE.burst);
    }

    #[test]
    fn a_network_of_ipv6_is_one_client_and_a_mapped_address_is_its_own() {
        let strangers = Strangers::default();
        let taken = misses(&strangers, ip("2606:4700:1:2::1"), 0);
        assert_eq!(taken, OF_ONE.burst);
        assert_eq!(misses(&strangers, ip("2606:4700:1:2:ffff::9"), 0), 0);
        assert_eq!(misses(&strangers, ip("2606:4700:1:3::1"), 0), OF_ONE.burst);
        assert_eq!(misses(&strangers, ip("::ffff:121.1.1.1"), 0), OF_ONE.burst);
        assert_eq!(misses(&strangers, ip("121.1.1.1"), 0), 0);
    }

    #[test]
    fn work_is_counted_for_all_together_too() {
        let strangers = Strangers::default();
        let mut heard = 0;
        for nth in 0..5_000_u32 {
            let client = IpAddr::from(std::net::Ipv4Addr::from_bits(0x7901_0000 + nth));
            heard += i64::from(strangers.count(Ask::Lookup, Some(client), at(0)).is_ok());
        }
        assert_eq!(heard, OF_ALL.burst);
        // Windows have room of their own.
        assert!(strangers.count(Ask::Window, ip("121.9.9.9"), at(0)).is_ok());
        assert!(strangers.count(Ask::Lookup, ip("121.9.9.9"), at(1)).is_ok());
    }

    #[test]
    fn who_has_many_ipv6_clients_does_not_use_up_what_is_for_all() {
        let strangers = Strangers::default();
        let client = |network: &str, nth: i64| ip(&format!("{network}:{nth:x}::1"));
        let heard = |seconds: i64| {
            let asks = 0..5_000;
            let ask = |nth: &i64| {
                let client = client("2606:4700:1", *nth);
                strangers.count(Ask::Lookup, client, at(seconds)).is_ok()
            };
            i64::try_from(asks.filter(ask).count()).unwrap()
        };
        assert_eq!(heard(0), OF_NETWORK.burst);
        assert_eq!(heard(1), 20);
        // Who was refused there is not remembered beside.
        assert!(strangers.table.lock().unwrap().clients.busy_until.len() < 1_000);
        for other in [client("2606:4700:2", 0), ip("121.1.1.1")] {
            assert!(strangers.count(Ask::Lookup, other, at(1)).is_ok());
        }
        // One client alone does not use up its network's room.
        let strangers = Strangers::default();
        assert_eq!(
            misses(&strangers, client("2606:4700:1", 1), 0),
            OF_ONE.burst
        );
        for _ in 0..5_000 {
            assert!(
                strangers
                    .count(Ask::Miss, client("2606:4700:1", 1), at(0))
                    .is_err()
            );
        }
        assert_eq!(
            misses(&strangers, client("2606:4700:1", 2), 0),
            OF_ONE.burst
        );
    }

    #[test]
    fn the_table_does_not_grow_with_the_addresses_of_one() {
        // A newcomer is told from the others again once they are over, or the clock was put back.
        for later in [60, -7_200] {
            let strangers = Strangers::default();
            for nth in 0..100_000_u64 {
                let address = (0x2606_4700_0000 + nth) as u128;
                let client = IpAddr::from(std::net::Ipv6Addr::from_bits(address << 80));
                let _ = strangers.count(Ask::Miss, Some(client), at(0));
            }
            let kept = || strangers.table.lock().unwrap().clients.busy_until.len();
            assert_eq!(kept(), MOST);
            let networks = || strangers.table.lock().unwrap().networks.busy_until.len();
            assert_eq!(networks(), MOST);
            let newcomer = misses(&strangers, ip("121.1.1.1"), later);
            assert_eq!((newcomer, kept()), (OF_ONE.burst, 1), "{later}");
            let newcomer = misses(&strangers, ip("2a00:1450:1::1"), later);
            assert_eq!((newcomer, networks()), (OF_ONE.burst, 1), "{later}");
        }
    }

    #[test]
    fn a_clock_that_is_put_back_shuts_nobody_out() {
        let strangers = Strangers::default();
        assert_eq!(misses(&strangers, None, 7_200), OF_ALL.burst);
        assert_eq!(misses(&strangers, None, 0), OF_ALL.burst);
        assert_eq!(misses(&strangers, None, 7_200), OF_ALL.burst);
    }
}
