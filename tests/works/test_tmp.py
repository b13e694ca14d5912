from hypothesis import given, settings, HealthCheck
from muse.works.formats import abc, midi, musicxml
from .strategies import content, scores

from hypothesis import Phase
S=dict(phases=[Phase.generate],deadline=None, suppress_health_check=list(HealthCheck))
@settings(max_examples=1500, **S)
@given(scores(most_parts=3))
def test_abc(score):
    assert content(abc.decode(abc.encode(score, ".abc"), "x")) == content(score)

@settings(max_examples=1500, **S)
@given(scores(most_parts=3))
def test_midi(score):
    r=midi.decode(midi.encode(score, ".mid"), "x")
    assert r==score and r.provenance==score.provenance

@settings(max_examples=250, **S)
@given(scores(most_parts=2))
def test_xml(score):
    assert content(musicxml.decode(musicxml.encode(score, ".xml"), "x")) == content(score)
