"""Teams as the last readings saw them; see teams.py. By way of `models`."""

from django.db import models


class Team(models.Model):
    """A team of an organization, by GitHub's number; an enterprise's team may be in several organizations.

    `parent_id` is the number of the team it is below. `members_read_at`: when its members, those of its child teams
    among them, were last read whole (null: never); `due_at`: when they are read next. Not `listed`: the last whole list
    did not show it, and whether it is gone is not known yet. `etag` stands for the members as they are here, to the
    installation token of `token_fingerprint`.
    """

    organization = models.ForeignKey("github.Organization", on_delete=models.CASCADE, related_name="teams")
    team_id = models.BigIntegerField()
    slug = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    parent_id = models.BigIntegerField(null=True)
    listed = models.BooleanField(default=True)
    due_at = models.DateTimeField()
    members_read_at = models.DateTimeField(null=True)
    etag = models.CharField(max_length=200, blank=True)
    token_fingerprint = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "team_id"], name="github_team_once")]
        indexes = [models.Index(fields=["slug", "organization"], name="github_team_by_slug")]


class TeamMember(models.Model):
    """Somebody in a team, directly or by a child team, by GitHub's number. `organization` is the team's."""

    organization = models.ForeignKey("github.Organization", on_delete=models.CASCADE, related_name="+", db_index=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="members", db_index=False)
    user_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "user_id"], name="github_team_member_once")]
        indexes = [models.Index(fields=["organization", "user_id", "team"], name="github_teams_of_member")]


class FormerTeamSlug(models.Model):
    """What a team was called in addresses before. A slug that another team of the organization took is not kept."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="former_slugs")
    slug = models.CharField(max_length=255, db_index=True)
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "slug"], name="github_former_team_slug_once")]
