"""Print the folder of `node`, from the system or from PyPI."""

from tools.contracts import node_folder

if __name__ == "__main__":
    print(node_folder())
