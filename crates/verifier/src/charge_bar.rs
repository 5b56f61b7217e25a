//! What bars a charge by rules we know.

/// Why a billing key cannot be charged now, before anything is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChargeBar {
    /// The method gives no billing keys.
    NotOffered,
    /// A mobile phone: the key is not 30 days old.
    TooEarly,
    /// A mobile phone: another amount than before.
    OtherAmount,
    /// A mobile phone: nothing was charged last month, so the key is void.
    MonthMissed,
    /// This month is charged already, or is being charged.
    MonthCharged,
    /// PayPal charges its subscriptions by itself.
    ChargedByPaypal,
}

impl ChargeBar {
    /// Stable name of the cause.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotOffered => "charge_not_offered",
            Self::TooEarly => "charge_too_early",
            Self::OtherAmount => "charge_other_amount",
            Self::MonthMissed => "charge_month_missed",
            Self::MonthCharged => "charge_month_charged",
            Self::ChargedByPaypal => "charged_by_paypal",
        }
    }

    /// For people, in Korean.
    pub(crate) const fn ko(self) -> &'static str {
        match self {
            Self::NotOffered => "자동결제가 없는 결제수단입니다",
            Self::TooEarly => {
                "휴대폰 자동결제는 빌링키 발급 30일 후부터 됩니다. 그 뒤에 다시 요청해 주세요"
            }
            Self::OtherAmount => {
                "휴대폰 자동결제는 처음과 같은 금액만 됩니다. 금액을 바꾸려면 다시 등록해 주세요"
            }
            Self::MonthMissed => {
                "지난달 결제가 없어 더 쓸 수 없는 휴대폰 빌링키입니다. 고객이 다시 등록해야 합니다"
            }
            Self::MonthCharged => "이 달의 결제가 이미 되었거나 진행 중인 빌링키입니다",
            Self::ChargedByPaypal => {
                "PayPal이 직접 결제하는 구독입니다. 결제는 PayPal의 알림으로 옵니다"
            }
        }
    }

    /// For people, in English.
    pub(crate) const fn en(self) -> &'static str {
        match self {
            Self::NotOffered => "this method gives no billing keys",
            Self::TooEarly => {
                "a mobile phone's key can be charged from the 30th day; ask again then"
            }
            Self::OtherAmount => {
                "a mobile phone's key takes the amount it began with; register anew for another"
            }
            Self::MonthMissed => {
                "a mobile phone's key is void after a month without a charge; register anew"
            }
            Self::MonthCharged => "this mobile phone's key is charged for this month already",
            Self::ChargedByPaypal => {
                "PayPal charges this subscription by itself and tells of it by notices"
            }
        }
    }
}
