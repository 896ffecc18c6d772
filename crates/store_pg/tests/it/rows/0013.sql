UPDATE orders SET remind_me = true, reminded_at = '2026-01-01Z' WHERE number = 'PA-1';
