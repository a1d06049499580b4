// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Short lists whose order does not matter
library Lists {
    /// Takes out what stands at a place; the last takes that place.
    function drop(bytes32[] storage list, uint256 at) internal {
        list[at] = list[list.length - 1];
        list.pop();
    }

    /// Takes out one, if it is there.
    function remove(bytes32[] storage list, bytes32 one) internal {
        for (uint256 i; i < list.length; ++i) {
            if (list[i] == one) return drop(list, i);
        }
    }
}
