"""Approved hosts and networks for tests."""

import factory
from factory.django import DjangoModelFactory

from opsplatform.egress.models import ApprovedHost, ApprovedNetwork


class ApprovedHostFactory(DjangoModelFactory[ApprovedHost]):
    class Meta:
        model = ApprovedHost

    host = factory.Sequence(lambda number: f"peer{number}.example")
    purpose = factory.Sequence(lambda number: f"第{number}个系统")


class ApprovedNetworkFactory(DjangoModelFactory[ApprovedNetwork]):
    class Meta:
        model = ApprovedNetwork

    network = factory.Sequence(lambda number: f"10.{number % 256}.0.0/16")
    name = factory.Sequence(lambda number: f"第{number}个网段")
