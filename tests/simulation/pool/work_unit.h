#pragma once

namespace simulation {

/// In a program that calls this, difficulty 1 takes one hash instead of 2^32: it has its own
/// bitcoin::difficulty_of and its inverse, and auditor::difficulty_q32, as it has its own clock. So
/// shares cost nothing, and each is worth something that differs with its target, where all sums of
/// true difficulties would be zero. Only what difficulties are made of is not the pool's own code;
/// how they are added up, carried and told is.
///
/// To be called, so that the linker takes this file before it looks for another.
void use_cheap_work();

}  // namespace simulation
