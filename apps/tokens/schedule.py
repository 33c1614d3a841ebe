"""When lists are read, and when what is planned for a day is looked after."""

from datetime import timedelta

from apps.jobs import services as jobs
from apps.tokens import holders, polling, reminder_days, sync, team_reading, verification, walk
from apps.tokens.plans import execution, sleeping
from apps.tokens.reminder_issues import keeping

jobs.schedule("tokens.sync_due", every=timedelta(minutes=1), run=sync.ring_due)
jobs.schedule("tokens.poll_due", every=timedelta(minutes=1), run=polling.ring_due)
jobs.schedule("tokens.verify_repositories", every=timedelta(minutes=10), run=verification.verify_repositories)
jobs.schedule("tokens.read_profiles", every=timedelta(minutes=10), run=holders.read_profiles)
jobs.schedule("tokens.read_teams", every=team_reading.EVERY, run=team_reading.read_teams)
jobs.schedule("tokens.forget_old_walks", every=timedelta(days=1), run=walk.forget_old_walks)
jobs.schedule("tokens.revoke_planned", every=timedelta(minutes=1), run=execution.work)
jobs.schedule("tokens.propose_sleeping", every=timedelta(hours=1), run=sleeping.propose_all)
jobs.schedule("tokens.look_after_sleeping", every=timedelta(minutes=10), run=sleeping.look_after)
jobs.sweep_with("plans", execution.work)
jobs.schedule("tokens.remind_due", every=timedelta(minutes=1), run=reminder_days.ring_due)
jobs.schedule("tokens.keep_reminder_issues", every=keeping.EVERY, run=keeping.keep_all)
jobs.sweep_with("tokens", sync.sweep)
jobs.sweep_with("polls", polling.sweep)
jobs.sweep_with("reminders", reminder_days.sweep)
