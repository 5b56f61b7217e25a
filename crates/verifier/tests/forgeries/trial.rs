//! One notice against one order, and what must be true afterwards.

use std::{collections::BTreeMap, time::Duration};

use paypair_ledger::State;
use paypair_protocol::Gateway;
use paypair_sandbox::Ending;
use serde_json::{Value, json};

use super::{
    changes::{Around, Change, HARMLESS, SEMANTIC, is_signed},
    dice::Dice,
    message::Message,
    shop::{Open, Paid, Shop, Standing, is_bare},
};

/// How far the attacked order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Its window is open; the gateway has taken nothing.
    Open,
    /// The gateway has the money; its notice is on the way.
    Captured,
    /// It is paid, and everybody knows.
    Paid,
    /// Its buyer has an account to pay into, and has not paid.
    Deposit,
    /// It was paid, and the merchant had it given back.
    Refunded,
    /// The gateway holds the payment for review, and has taken nothing.
    Held,
}

/// How often each kind was tried, by gateway, change and stage, and how often the true word came through afterwards.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts(
    pub(crate) BTreeMap<(&'static str, &'static str, &'static str), [u64; 2]>,
    /// How many of them where no list may be asked.
    pub(crate) u64,
);

impl Counts {
    pub(crate) fn add(&mut self, other: &Self) {
        self.1 += other.1;
        for (kind, [tried, paid]) in &other.0 {
            let row = self.0.entry(*kind).or_default();
            row[0] += tried;
            row[1] += paid;
        }
    }

    pub(crate) fn tried(&self) -> u64 {
        self.0.values().map(|[tried, _]| tried).sum()
    }

    /// Those whose notice bore a good signature.
    pub(crate) fn signed(&self) -> u64 {
        let signed = |gateway: &str| gateway.parse().is_ok_and(is_signed);
        let rows = self.0.iter().filter(|((gateway, ..), _)| signed(gateway));
        rows.map(|(_, [tried, _])| tried).sum()
    }
}

/// Trials that share a shop.
pub(crate) const HANDFUL: u64 = 32;

/// A shop with, at each gateway, one order open and one paid.
pub(crate) struct Stand {
    pub(crate) shop: Shop,
    pub(crate) dice: Dice,
    /// Whether no list may be asked.
    bare: bool,
    around: Vec<(Gateway, Around, [String; 2])>,
    nth: usize,
}

impl Stand {
    pub(crate) fn new(seed: u64) -> Self {
        let mut stand = Self {
            shop: Shop::new(seed),
            dice: Dice::new(seed),
            bare: is_bare(seed),
            around: Vec::new(),
            nth: usize::try_from(seed % 1_000_003).unwrap() * 32,
        };
        let cert = json!({ "work": "confirm_then_pay" });
        for gateway in [
            Gateway::Payple,
            Gateway::Payletter,
            Gateway::PayletterGlobal,
        ] {
            let more = if gateway == Gateway::Payple {
                &cert
            } else {
                &Value::Null
            };
            let open = stand.shop.open(gateway, &mut stand.dice, more);
            let paid = stand.shop.open(gateway, &mut stand.dice, more);
            let told = stand.shop.pay(&paid);
            stand.tell(&paid, &told, &told.message());
            assert_eq!(stand.shop.attempt(&paid.id).state, State::Paid);
            let open_custom = match gateway {
                Gateway::Payple => String::new(),
                _ => stand.shop.custom(&open.id),
            };
            let around = Around {
                open_order: open.id.clone(),
                open_custom,
                paid: told.message(),
            };
            stand.around.push((gateway, around, [open.id, paid.id]));
        }
        stand
    }

    pub(crate) fn around(&self, gateway: Gateway) -> Around {
        let mut all = self.around.iter();
        all.find(|(of, ..)| *of == gateway).unwrap().1.clone()
    }

    /// Hands over what a gateway, or a browser in its place, says.
    pub(crate) fn tell(&self, open: &Open, paid: &Paid, message: &Message) -> u16 {
        let status = match paid.notice {
            Some(_) => self.shop.deliver(message),
            None => self.shop.hand_in(open, &paid.ending, message),
        };
        self.shop.settle();
        status
    }

    /// A message that says this order was paid, in words that only the gateway could have signed. It was not.
    pub(crate) fn made_up(&self, open: &Open) -> Message {
        let attempt = self.shop.attempt(&open.id);
        let order = &attempt.order;
        let amount = order.money.unwrap().to_wire();
        let mut message = self.around(open.gateway).paid;
        match open.gateway {
            Gateway::Payple => {
                message.set("PCD_PAY_OID", attempt.gateway_order_id.as_str());
                message.set("PCD_PAY_TOTAL", amount);
                message.set("PCD_PAYER_NO", order.customer.id.as_str());
                message.set("PCD_AUTH_KEY", open.field("PCD_AUTH_KEY"));
                message.set("PCD_PAY_WORK", open.field("PCD_PAY_WORK"));
                message.set("PCD_PAY_REQKEY", "bWFkZSB1cA==");
                message.set("PCD_PAY_CARDTRADENUM", format!("made-up-{}", open.id));
            }
            Gateway::Payletter => {
                message.set("order_no", attempt.gateway_order_id.as_str());
                message.set("amount", json!(amount.parse::<u64>().unwrap()));
                message.set("user_id", order.customer.id.as_str());
                message.set("custom_parameter", self.shop.custom(&open.id));
                message.set("tid", format!("tpay_test-{}", open.id));
                message.set("pgcode", order.method.as_str());
            }
            Gateway::PayletterGlobal => {
                message.set("storeorderno", attempt.gateway_order_id.as_str());
                message.set("payamt", amount);
                message.set("payerid", order.customer.id.as_str());
                message.set("custom", self.shop.custom(&open.id));
                message.set("paytoken", format!("T-{}", open.id));
                message.set("pginfo", order.method.as_str());
            }
        }
        message.sign();
        message
    }

    /// One semantic change.
    pub(crate) fn forge(&mut self, counts: &mut Counts) {
        let change = &SEMANTIC[self.nth % SEMANTIC.len()];
        let stages = Stage::of(change.gateway);
        let stage = stages[self.nth / SEMANTIC.len() % stages.len()];
        self.nth += 1;
        let around = self.around(change.gateway);
        let more = match stage {
            Stage::Deposit => json!({ "method": by_deposit(change.gateway), "layout": "redirect" }),
            Stage::Held => json!({ "method": "PaypalExpressCheckout" }),
            _ => Value::Null,
        };
        let open = self.shop.open(change.gateway, &mut self.dice, &more);
        let unpaid = matches!(stage, Stage::Open | Stage::Deposit | Stage::Held);
        let paid = (!unpaid).then(|| self.shop.pay(&open));
        if stage == Stage::Deposit {
            self.shop.take_account(&open);
        }
        if stage == Stage::Held {
            let mut held = self.made_up(&open);
            held.set("notifytype", "6");
            assert_eq!(self.shop.deliver(&held), 200);
            assert_eq!(self.shop.attempt(&open.id).state, State::PendingReview);
        }
        let known = matches!(stage, Stage::Paid | Stage::Refunded);
        if let Some(paid) = paid.as_ref().filter(|_| known) {
            self.tell(&open, paid, &paid.message());
        }
        if stage == Stage::Refunded {
            self.shop.give_back(&open);
        }
        let before = self.bystanders();
        let own = self.shop.standing(&open.id);

        let mut message = match &paid {
            Some(paid) => paid.message(),
            None => self.made_up(&open),
        };
        let honest = message.body();
        (change.make)(&mut message, &around, &mut self.dice);
        let what = format!(
            "{} {} {stage:?} {}",
            change.gateway.as_str(),
            change.name,
            String::from_utf8_lossy(&message.body())
        );
        assert_ne!(message.body(), honest, "nothing was changed: {what}");
        let unpaid = Paid::of_page(&message);
        self.tell(&open, paid.as_ref().unwrap_or(&unpaid), &message);

        if stage == Stage::Held {
            // Unchanged but for its kind, which no hash covers: what told that it is held, sent again as a payment.
            self.shop.deliver(&self.made_up(&open));
            self.shop.settle();
        }

        assert_eq!(self.bystanders(), before, "another order: {what}");
        let after = self.shop.standing(&open.id);
        match stage {
            Stage::Open | Stage::Deposit | Stage::Held => {
                assert!(!after.0.is_settled(), "{after:?}: {what}");
            }
            Stage::Captured => {}
            Stage::Paid | Stage::Refunded => assert_eq!(after, own, "{what}"),
        }
        assert_eq!(self.shop.wrong_with(&open.id), None, "{what}");
        // The true word still comes through.
        let paid = paid.unwrap_or_else(|| match stage {
            Stage::Deposit => self.shop.deposit(&open),
            _ => self.shop.pay(&open),
        });
        self.tell(&open, &paid, &paid.message());
        assert_eq!(self.shop.wrong_with(&open.id), None, "{what}");
        let mut state = self.shop.attempt(&open.id).state;
        if self.bare && state == State::PendingReview {
            // Nobody can be asked, and it stays so until a person has looked. The forged kind, too, may be the one that says so.
            let told_held = message.text("notifytype") == "6";
            assert!(stage == Stage::Held || told_held, "{what}");
            self.shop.say_captured(&open);
            assert_eq!(self.shop.wrong_with(&open.id), None, "{what}");
            state = self.shop.attempt(&open.id).state;
        }
        let came = match stage {
            Stage::Refunded => state == State::Refunded,
            _ => state == State::Paid,
        };
        let refused = change.contradicts && !known;
        // Payple's word comes through the browser alone; a buyer who spoils his own is heard of at the next lookup, if he paid.
        let by_browser = change.gateway == Gateway::Payple;
        assert!(by_browser || refused || came, "{state:?}: {what}");
        let row = counts
            .0
            .entry((change.gateway.as_str(), change.name, stage.name()));
        let row = row.or_default();
        row[0] += 1;
        row[1] += u64::from(came);
        counts.1 += u64::from(self.bare);
    }

    /// One harmless change, beside the same payment told without it.
    pub(crate) fn respell(&mut self, counts: &mut Counts) {
        let change: &Change = &HARMLESS[self.nth % HARMLESS.len()];
        self.nth += 1;
        let around = self.around(change.gateway);
        let layout = self.dice.pick(&["layer", "redirect"]);
        let alike = match change.gateway {
            Gateway::Payple => json!({ "work": "confirm_then_pay", "amount": "1200" }),
            Gateway::Payletter => json!({ "amount": "1200" }),
            Gateway::PayletterGlobal => json!({ "amount": "12.50" }),
        };
        let mut alike = alike;
        alike["layout"] = json!(layout);
        alike["customer"] = json!({ "id": "1001", "email": "buyer@example.com" });
        let tell = |stand: &mut Self, changed: bool| {
            let open = stand.shop.open(change.gateway, &mut stand.dice, &alike);
            let paid = stand.shop.pay(&open);
            let mut message = paid.message();
            if changed {
                let honest = message.body();
                while message.body() == honest {
                    (change.make)(&mut message, &around, &mut stand.dice);
                }
            }
            let status = stand.tell(&open, &paid, &message);
            assert_eq!(stand.shop.wrong_with(&open.id), None, "{}", change.name);
            let (state, _, told) = stand.shop.standing(&open.id);
            (status, state, told, stand.shop.story(&open.id))
        };
        let (plain, other) = (tell(self, false), tell(self, true));
        assert_eq!(other, plain, "{} {}", change.gateway.as_str(), change.name);
        let row = counts
            .0
            .entry((change.gateway.as_str(), change.name, "as unchanged"));
        let row = row.or_default();
        row[0] += 1;
        row[1] += u64::from(other.1 == State::Paid);
        counts.1 += u64::from(self.bare);
    }

    /// Hours later, after every lookup: still nothing is wrong with any order.
    pub(crate) fn end(self) {
        for _ in 0..3 {
            self.shop.clock.jump(Duration::from_secs(31 * 60));
            self.shop.clock.pass(Duration::from_secs(20));
        }
        for id in &self.shop.orders {
            assert_eq!(self.shop.wrong_with(id), None, "hours later");
            assert_eq!(self.shop.lost(id), None, "hours later");
        }
    }

    fn bystanders(&self) -> Vec<Standing> {
        let ids = self.around.iter().flat_map(|(_, _, ids)| ids);
        ids.map(|id| self.shop.standing(id)).collect()
    }
}

/// The way of paying that gives an account first.
fn by_deposit(gateway: Gateway) -> &'static str {
    match gateway {
        Gateway::PayletterGlobal => "CodapayBankTransfer",
        _ => "virtualaccount",
    }
}

impl Stage {
    /// The stages at which a gateway's orders are attacked.
    pub(crate) fn of(gateway: Gateway) -> &'static [Self] {
        const ALL: [Stage; 6] = [
            Stage::Open,
            Stage::Captured,
            Stage::Paid,
            Stage::Deposit,
            Stage::Refunded,
            Stage::Held,
        ];
        match gateway {
            Gateway::Payple => &ALL[..3],
            Gateway::Payletter => &ALL[..5],
            Gateway::PayletterGlobal => &ALL,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Captured => "captured",
            Self::Paid => "paid",
            Self::Deposit => "deposit",
            Self::Refunded => "refunded",
            Self::Held => "held",
        }
    }
}

impl Paid {
    /// The gateway's notice, or what the window gave the page.
    pub(crate) fn message(&self) -> Message {
        if let Some(notice) = &self.notice {
            return notice.clone();
        }
        let fields = match &self.ending {
            Ending::Message(text) => {
                let message: Value = serde_json::from_str(text).unwrap();
                let data = message["data"].as_object().unwrap().clone();
                data.into_iter().collect()
            }
            Ending::Post { fields, .. } => {
                let pair = |(name, value): &(String, String)| (name.clone(), json!(value));
                fields.iter().map(pair).collect()
            }
            other => panic!("{other:?}"),
        };
        Message::of(Gateway::Payple, fields)
    }

    /// As if a window had given it: nothing was paid.
    fn of_page(message: &Message) -> Self {
        Self {
            notice: (message.gateway != Gateway::Payple).then(|| message.clone()),
            ending: Ending::Message(String::new()),
        }
    }
}
