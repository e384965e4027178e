"""Routes of the ground floor."""

from django.urls import path

from partnerships import views

urlpatterns = [
    path("", views.home, name="home"),
    path("partnerships/", views.partnerships, name="partnerships"),
    path("partnerships/<int:key>/", views.partnership, name="partnership"),
    path("invitations/<int:key>/accept/", views.accept, name="accept"),
    path("partnerships/<int:key>/ledger/", views.partnership_ledger, name="ledger"),
    path("people/", views.people, name="people"),
    path("people/<int:key>/end/", views.leave, name="leave"),
    path("people/<int:key>/authority/", views.authority, name="authority"),
    path("organisations/new/", views.new_organisation, name="new_organisation"),
    path("pledge/", views.pledge, name="pledge"),
    path("outbox/", views.outbox, name="outbox"),
]
