-- The third migration (user_version 3): second payments, each by its own name and amount; sessions that are of no use any more.

-- JSON, every payment that was captured beside the attempt's own under one order id.
ALTER TABLE attempt ADD COLUMN second_payments TEXT NOT NULL DEFAULT '[]';

-- Until now `captured` was overwritten with the second payment's money, and its name stood in its refund alone, if one was begun. Where
-- neither tells it, the name stays unknown until a lookup shows the payment again.
UPDATE attempt SET second_payments = json_array(json_object(
  'transaction_id', coalesce(
    (SELECT json_extract(attempt.refund, '$.transaction_id')
      WHERE json_extract(attempt.refund, '$.transaction_id') <> attempt.transaction_id),
    (SELECT json_extract(line.value, '$.transaction_id') FROM json_each(attempt.refunds) line
      WHERE json_extract(line.value, '$.transaction_id') <> attempt.transaction_id
        AND json_extract(line.value, '$.state') <> 'done' ORDER BY line.key DESC LIMIT 1)
  ),
  'money', captured,
  'method', NULL,
  'seen_at', created_at,
  'is_back', json('false'),
  'own_stood', json('true')
))
WHERE paid_at IS NOT NULL AND captured IS NOT NULL AND transaction_id IS NOT NULL
  AND (
    json_extract(refund, '$.transaction_id') <> transaction_id
    OR (state IN ('discrepant', 'refund_pending', 'in_doubt') AND EXISTS (
      SELECT 1 FROM event e WHERE e.order_id = attempt.order_id AND e.no = attempt.no
        AND e.note = 'second_capture' AND e.to_state = 'discrepant'
        AND e.seq > coalesce((SELECT max(p.seq) FROM event p
          WHERE p.order_id = attempt.order_id AND p.no = attempt.no AND p.to_state IN ('paid', 'partially_refunded')), 0)
    ))
  );
-- The attempt's own payment is what the order asked for: it was paid before the second one came.
UPDATE attempt SET captured = coalesce((SELECT o.money FROM merchant_order o WHERE o.id = attempt.order_id), captured)
WHERE second_payments <> '[]';

-- What a confirm is made of goes once none can follow: a registered card's key may be among it.
UPDATE attempt SET session = NULL, launch = NULL
WHERE gateway = 'payple'
  AND (SELECT o.work FROM merchant_order o WHERE o.id = attempt.order_id) = 'confirm_then_pay'
  AND state NOT IN ('created', 'requested', 'authenticated', 'confirming', 'charging')
  AND NOT (state IN ('declined', 'cancelled', 'expired') AND confirm_began_at IS NULL);
