'use strict';

// bcoin's database layer loads the native leveldown also when everything stays in memory. Its
// install script is not run here, so a stand-in that nobody may open takes its place.
const Module = require('module');
const load = Module._load;

class NoLevelDown {
  constructor() {
    throw new Error('leveldown is not built: run the node with --memory=true');
  }
}

Module._load = function(request, parent, isMain) {
  if (request === 'leveldown') return NoLevelDown;
  return load.call(this, request, parent, isMain);
};
