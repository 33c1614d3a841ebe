"""What the end of a sync counted: for filters and charts, and for calendars. By way of `models`."""

from django.db import models


class Tally(models.Model):
    """How many active grants of an organization each choice of a filter shows: {filter: {value: how many}}.

    `weeks`: how many end in each week of UTC, {its Monday: [low risk, medium, high, critical]}; what is planned to end
    before that ends then.
    """

    organization = models.OneToOneField("github.Organization", on_delete=models.CASCADE, related_name="tally")
    counts = models.JSONField(default=dict)
    weeks = models.JSONField(default=dict)
    counted_at = models.DateTimeField()


class EndingDay(models.Model):
    """How many active grants of an organization end on a day of a time zone, by risk, whatever is planned.

    Counted with the tally, by the days of UTC and of the organization. `day` of those that never end is FOREVER's, and
    is there whenever the others are, if there are none too. `in_use`: how many of those that had ended when they were
    counted were used in the week before that.
    """

    organization = models.ForeignKey("github.Organization", on_delete=models.CASCADE, related_name="+", db_index=False)
    zone = models.CharField(max_length=64)
    day = models.DateField()
    low = models.PositiveIntegerField()
    medium = models.PositiveIntegerField()
    high = models.PositiveIntegerField()
    critical = models.PositiveIntegerField()
    in_use = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "zone", "day"], name="tokens_ending_day_once")]
