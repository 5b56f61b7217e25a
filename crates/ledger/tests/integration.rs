//! The ledger's tests, as one program: linking one for each file took longer than running them.
// The model runs for long, and is a program of its own.

mod common;

mod money_that_contradicts_the_order;
mod soft_ends_and_doubt;
mod what_a_break_lives_through;
mod what_a_cash_receipt_does;
mod what_a_charge_does;
mod what_a_hint_does;
mod what_a_kill_leaves;
mod what_a_second_payment_does;
mod what_a_shifted_border_does;
mod what_an_older_file_becomes;
mod what_an_unread_amount_does;
mod what_debug_hides;
mod what_ends_a_subscription;
mod what_follows_what_went_back;
mod what_goes_back_in_part;
mod what_is_delivered;
mod what_is_erased;
mod what_is_first_seen_in_part;
mod what_is_pushed_to_us;
mod what_must_not_be_forgotten;
mod what_never_left;
mod what_nobody_has_shown;
mod what_one_attempt_means_to_another;
mod what_renews;
mod what_something_there_becomes;
mod what_the_file_keeps;
mod what_the_step_allows;
mod whose_answer_it_is;
mod whose_key_it_is;
